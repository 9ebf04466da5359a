'use client';

import type { RunComparison } from '@thaw/contract/runComparison';
import { Trophy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { LineSwatch } from '../charts/LineSwatch.tsx';
import { Checkbox } from '../components/ui/Checkbox.tsx';
import { classNames } from '../components/ui/classNames.ts';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { StatusBadge } from '../runs/StatusBadge.tsx';
import { bestOf, figureColumns, figureOf, type FigureColumn } from './bestOf.ts';
import { lineLook } from './lineLooks.ts';

interface ResultsTableProps {
  runs: RunComparison['runs'];
  hidden: ReadonlySet<string>;
  onToggle: (id: string) => void;
  /** Someone points at the row of this run; null: at none any more. */
  onPointAt: (place: number | null) => void;
}

/** What came of each run, the best of each column marked; its boxes say which lines the plot has. */
export function ResultsTable({ runs, hidden, onToggle, onPointAt }: ResultsTableProps) {
  const t = useTranslations('compare');
  const { percent, loss, count, duration } = useFormats();
  const format: Readonly<Record<FigureColumn, (value: number) => string>> = { testAccuracy: percent, testLoss: loss, valAccuracy: percent, bestEpoch: count, epochs: count, seconds: duration, imagesPerSecond: count };
  const columns = figureColumns.filter((column) => runs.some((run) => figureOf(run, column) !== null));
  const best = new Map(columns.map((column) => [column, bestOf(runs, column)]));
  return (
    <Table>
      <thead>
        <tr>
          <HeadCell>{t('shown')}</HeadCell>
          <HeadCell>{t('run')}</HeadCell>
          <HeadCell>{t('status')}</HeadCell>
          {columns.map((column) => (
            <HeadCell key={column} className="text-right">
              {t(`columns.${column}`)}
            </HeadCell>
          ))}
        </tr>
      </thead>
      <tbody>
        {runs.map((run, place) => (
          <tr key={run.id} className="hover:bg-hover" onPointerEnter={() => onPointAt(place)} onPointerLeave={() => onPointAt(null)} onFocus={() => onPointAt(place)} onBlur={() => onPointAt(null)}>
            <Cell>
              <span className="flex items-center gap-2">
                <Checkbox checked={!hidden.has(run.id)} onChange={() => onToggle(run.id)} aria-label={t('show', { name: run.name })} />
                <LineSwatch {...lineLook(place)} />
              </span>
            </Cell>
            <Cell className="max-w-64 truncate font-medium">
              <Link href={`/runs/${run.id}`} title={run.name} className="hover:underline">
                {run.name}
              </Link>
            </Cell>
            <Cell>
              <StatusBadge run={{ status: run.status, stopRequested: false }} />
            </Cell>
            {columns.map((column) => {
              const value = figureOf(run, column);
              const isBest = value !== null && value === best.get(column);
              return (
                <Cell key={column} className={classNames('text-right whitespace-nowrap tabular-nums', isBest && 'font-semibold text-good')}>
                  {isBest && <Trophy className="mr-1.5 inline size-3.5" aria-label={t('best')} />}
                  {value === null ? '–' : format[column](value)}
                </Cell>
              );
            })}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
