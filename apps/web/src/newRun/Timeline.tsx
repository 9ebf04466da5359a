'use client';

import type { RunSpec } from '@thaw/contract/runSpec';
import { useTranslations } from 'next-intl';
import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { useFormats } from '../i18n/useFormats.ts';
import { plannedRates } from './plannedRates.ts';

interface TimelineProps {
  spec: RunSpec;
  onFreeze: (epochs: number) => void;
}

const width = 720;
const height = 170;
const edge = { left: 8, right: 8, top: 26, bottom: 26 };

/** The recipe as a picture: its epochs, the frozen part, the thaw (to be dragged), and the learning rate over them. */
export function Timeline({ spec, onFreeze }: TimelineProps) {
  const t = useTranslations('newRun.timeline');
  const { count, rate: formatRate } = useFormats();
  const svg = useRef<SVGSVGElement>(null);
  const { epochs, freezeEpochs } = spec.schedule;
  const rates = plannedRates(spec);
  const most = Math.max(...rates.map(({ rate }) => rate), Number.MIN_VALUE);
  const x = (epoch: number): number => edge.left + (epoch / epochs) * (width - edge.left - edge.right);
  const y = (rate: number): number => height - edge.bottom - (rate / most) * (height - edge.top - edge.bottom - 26);
  const thaw = x(freezeEpochs);
  const line = rates.map(({ at, rate }, i) => `${i === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(rate).toFixed(1)}`).join('');
  const floor = height - edge.bottom;

  const move = (event: PointerEvent): void => {
    const box = svg.current?.getBoundingClientRect();
    if (box === undefined || event.buttons === 0) return;
    const at = ((event.clientX - box.left) / box.width) * width;
    onFreeze(Math.max(0, Math.min(epochs, Math.round(((at - edge.left) / (width - edge.left - edge.right)) * epochs))));
  };
  const press = (event: KeyboardEvent): void => {
    const steps: Partial<Record<string, number>> = { ArrowLeft: freezeEpochs - 1, ArrowDown: freezeEpochs - 1, ArrowRight: freezeEpochs + 1, ArrowUp: freezeEpochs + 1, Home: 0, End: epochs };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onFreeze(Math.max(0, Math.min(epochs, next)));
  };
  const stride = Math.ceil(epochs / 8);
  const ticks = Array.from({ length: Math.floor(epochs / stride) + 1 }, (_, i) => i * stride);
  return (
    <svg ref={svg} viewBox={`0 0 ${width} ${height}`} className="w-full touch-none text-[11px] select-none" aria-label={t('label')} role="group">
      <rect x={x(0)} y={edge.top} width={x(epochs) - x(0)} height={floor - edge.top} rx={6} fill="var(--hover)" />
      {freezeEpochs > 0 && <rect x={x(0)} y={edge.top} width={thaw - x(0)} height={floor - edge.top} rx={6} fill="var(--ice)" />}
      <path d={`${line}L${x(epochs)} ${floor}L${x(0)} ${floor}Z`} fill="var(--series-4)" opacity={0.14} />
      <path d={line} stroke="var(--series-4)" strokeWidth={2} fill="none" />
      {freezeEpochs > 0 && (
        <text x={(x(0) + thaw) / 2} y={edge.top + 14} textAnchor="middle" fill="var(--accent-strong)" fontWeight={600}>
          {thaw - x(0) > 90 ? t('frozen') : ''}
        </text>
      )}
      {freezeEpochs < epochs && (
        <text x={(thaw + x(epochs)) / 2} y={edge.top + 14} textAnchor="middle" fill="var(--muted)" fontWeight={600}>
          {x(epochs) - thaw > 90 ? t('thawed') : ''}
        </text>
      )}
      {ticks.map((tick) => (
        <text key={tick} x={x(tick)} y={height - 8} textAnchor={tick === 0 ? 'start' : tick === epochs ? 'end' : 'middle'} fill="var(--faint)">
          {count(tick)}
        </text>
      ))}
      <text x={x(epochs)} y={14} textAnchor="end" fill="var(--faint)">
        {t('highest', { rate: formatRate(most) })}
      </text>
      <g
        role="slider"
        tabIndex={0}
        aria-label={t('thaw')}
        aria-valuemin={0}
        aria-valuemax={epochs}
        aria-valuenow={freezeEpochs}
        aria-valuetext={t('thawAfter', { epochs: freezeEpochs })}
        className="cursor-ew-resize outline-offset-4"
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={move}
        onKeyDown={press}
      >
        <rect x={thaw - 14} y={0} width={28} height={height} fill="transparent" />
        <line x1={thaw} x2={thaw} y1={edge.top - 4} y2={floor} stroke="var(--thaw)" strokeWidth={2} strokeDasharray="5 4" />
        <circle cx={thaw} cy={edge.top - 8} r={7} fill="var(--thaw)" />
        <text x={Math.min(thaw + 12, width - 150)} y={edge.top - 4} fill="var(--thaw)" fontWeight={600}>
          {t('thawAfter', { epochs: freezeEpochs })}
        </text>
      </g>
    </svg>
  );
}
