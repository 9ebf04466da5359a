'use client';

import { useTranslations } from 'next-intl';
import { Segmented } from '../components/ui/Segmented.tsx';
import { Slider } from '../components/ui/Slider.tsx';
import { useFormats } from '../i18n/useFormats.ts';

export interface CurveView {
  axis: 'step' | 'time';
  /** Weight of the moving average, from 0 to below 1. */
  smoothing: number;
  log: boolean;
}

interface CurveToolbarProps {
  view: CurveView;
  onChange: (view: CurveView) => void;
  timeKnown: boolean;
}

/** How the curves are looked at, all of them alike. */
export function CurveToolbar({ view, onChange, timeKnown }: CurveToolbarProps) {
  const t = useTranslations('run.curves');
  const { significant } = useFormats();
  return (
    <div className="flex flex-wrap items-center gap-x-5 gap-y-2 text-xs text-muted">
      <div className="flex items-center gap-2">
        <span>{t('smoothing')}</span>
        <div className="w-28">
          <Slider value={view.smoothing} onChange={(smoothing) => onChange({ ...view, smoothing })} min={0} max={0.99} step={0.01} label={t('smoothing')} />
        </div>
        <span className="w-8 tabular-nums">{significant(view.smoothing)}</span>
      </div>
      <Segmented
        label={t('scale')}
        value={view.log ? 'log' : 'linear'}
        onChange={(scale) => onChange({ ...view, log: scale === 'log' })}
        options={[
          { value: 'linear', label: t('linear') },
          { value: 'log', label: t('log') },
        ]}
      />
      {timeKnown && (
        <Segmented
          label={t('axis')}
          value={view.axis}
          onChange={(axis) => onChange({ ...view, axis })}
          options={[
            { value: 'step', label: t('steps') },
            { value: 'time', label: t('time') },
          ]}
        />
      )}
      <span className="text-faint max-sm:hidden">{t('zoomHint')}</span>
    </div>
  );
}
