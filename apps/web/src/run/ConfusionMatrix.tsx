'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useFormats } from '../i18n/useFormats.ts';

interface ConfusionMatrixProps {
  names: readonly string[];
  /** Images by their class (row) and the predicted one (column). */
  counts: readonly (readonly number[])[];
}

/** Above so many classes the counts have no room; the squares alone show where classes are confused. */
const mostWithCounts = 15;

/** Images by their class and by what they were taken for. The darker, the larger the part of the row. */
export function ConfusionMatrix({ names, counts }: ConfusionMatrixProps) {
  const t = useTranslations('run.evaluation');
  const { count, percent } = useFormats();
  const [cell, setCell] = useState<{ row: number; column: number } | null>(null);
  const withCounts = names.length <= mostWithCounts;
  const partOf = (row: number, column: number): number => {
    const line = counts[row] ?? [];
    return (line[column] ?? 0) / Math.max(1, line.reduce((sum, images) => sum + images, 0));
  };
  return (
    <div>
      <p className="mb-2 min-h-5 text-xs text-muted" aria-live="polite">
        {cell === null
          ? t('confusionHint')
          : t('confusionCell', { actual: names[cell.row] ?? '', predicted: names[cell.column] ?? '', images: counts[cell.row]?.[cell.column] ?? 0, part: percent(partOf(cell.row, cell.column)) })}
      </p>
      <div className="overflow-auto" tabIndex={0} role="region" aria-label={t('confusion')} onMouseLeave={() => setCell(null)}>
        <table className="w-full border-separate border-spacing-0.5 text-xs tabular-nums">
          <thead>
            <tr>
              <td />
              {names.map((name) => (
                <th key={name} scope="col" className="h-20 max-w-8 p-0 align-bottom font-normal text-faint">
                  <span className="inline-block max-h-20 truncate [writing-mode:vertical-rl] rotate-180" title={name}>
                    {name}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {counts.map((line, row) => (
              <tr key={names[row]}>
                <th scope="row" className="max-w-24 truncate pr-1.5 text-right font-normal text-faint" title={names[row]}>
                  {names[row]}
                </th>
                {line.map((images, column) => {
                  const part = partOf(row, column);
                  const tone = row === column ? 'var(--accent)' : 'var(--bad)';
                  return (
                    <td
                      key={names[column]}
                      onMouseEnter={() => setCell({ row, column })}
                      className="h-7 min-w-7 rounded-sm text-center"
                      style={{ background: `color-mix(in srgb, ${tone} ${Math.round(48 * Math.sqrt(part))}%, var(--hover))` }}
                    >
                      {withCounts ? (images === 0 ? '' : count(images)) : <span className="sr-only">{count(images)}</span>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
