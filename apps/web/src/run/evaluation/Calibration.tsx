'use client';

import type { Evaluation } from '@thaw/contract/evaluation';
import { useTranslations } from 'next-intl';
import { FileMenu } from '../../charts/FileMenu.tsx';
import { Card } from '../../components/ui/Card.tsx';
import { useFormats } from '../../i18n/useFormats.ts';

const side = 300;
const edge = { left: 36, bottom: 28, top: 8, right: 16 };

/** How often the network is right by how sure it is. On the diagonal it is as sure as it may be. */
export function Calibration({ bins }: { bins: Evaluation['calibration']['bins'] }) {
  const t = useTranslations('evaluation');
  const { percent, count } = useFormats();
  const x = (part: number): number => edge.left + part * (side - edge.left - edge.right);
  const y = (part: number): number => side - edge.bottom - part * (side - edge.bottom - edge.top);
  const round = (part: number): string => percent(part).replace(/[.,]0(?=\D)/, '');
  const title = t('calibration');
  return (
    <Card
      title={title}
      actions={
        <FileMenu
          title={title}
          onSave={async (type) => {
            const [{ saveFigure }, { calibrationFile }] = await Promise.all([import('../../charts/saveFigure.ts'), import('./calibrationFile.ts')]);
            const words = { from: t('sureFrom'), to: t('sureTo'), images: t('columns.support'), accuracy: t('top1'), confidence: t('confidence') };
            await saveFigure(calibrationFile({ title, bins, format: round, words }), type);
          }}
        />
      }
    >
      <figure>
        <svg viewBox={`0 0 ${side} ${side}`} role="img" aria-label={title} className="mx-auto w-full max-w-sm text-[10px]">
          {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
            <g key={tick}>
              <line x1={x(0)} x2={x(1)} y1={y(tick)} y2={y(tick)} stroke="var(--grid)" />
              <text x={edge.left - 6} y={y(tick) + 3} textAnchor="end" fill="var(--faint)">
                {round(tick)}
              </text>
              <text x={x(tick)} y={side - edge.bottom + 14} textAnchor="middle" fill="var(--faint)">
                {round(tick)}
              </text>
            </g>
          ))}
          {bins.map(({ lower, upper, accuracy, images, confidence }) =>
            accuracy === null ? null : (
              <rect key={lower} x={x(lower) + 1} width={x(upper) - x(lower) - 2} y={y(accuracy)} height={y(0) - y(accuracy)} rx={2} fill="var(--series-1)" opacity={0.8}>
                <title>{t('bin', { confidence: percent(confidence ?? 0), accuracy: percent(accuracy), images: count(images) })}</title>
              </rect>
            ),
          )}
          <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} stroke="var(--thaw)" strokeDasharray="5 4" />
        </svg>
        <figcaption className="mt-1 text-center text-xs text-faint">{t('calibrationHint')}</figcaption>
      </figure>
    </Card>
  );
}
