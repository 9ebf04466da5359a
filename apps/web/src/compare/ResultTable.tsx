'use client';

import type { RunComparison } from '@thaw/contract/runComparison';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { StatusBadge } from '../runs/StatusBadge.tsx';
import { colorOf } from './runColors.ts';

/** What came of each run, and what it took; the best test accuracy stands out. */
export function ResultTable({ runs }: { runs: RunComparison['runs'] }) {
  const t = useTranslations('compare.results');
  const { percent, loss, duration, count } = useFormats();
  const best = Math.max(...runs.map(({ figures }) => figures.test?.accuracy ?? -1));
  const columns = ['run', 'status', 'test', 'testLoss', 'val', 'bestEpoch', 'duration', 'speed'] as const;
  return (
    <Table aria-label={t('title')}>
      <thead>
        <tr>
          {columns.map((column) => (
            <HeadCell key={column} className={column === 'run' || column === 'status' ? undefined : 'text-right'}>
              {t(column)}
            </HeadCell>
          ))}
        </tr>
      </thead>
      <tbody>
        {runs.map(({ id, name, status, figures, imagesPerSecond }, i) => (
          <tr key={id}>
            <Cell>
              <Link href={`/runs/${id}`} className="flex items-center gap-2 font-medium hover:underline">
                <span aria-hidden className="size-2.5 shrink-0 rounded-full" style={{ background: `var(${colorOf(i)})` }} />
                {name}
              </Link>
            </Cell>
            <Cell>
              <StatusBadge run={{ status, stopRequested: false }} />
            </Cell>
            <Cell className={figures.test !== null && figures.test.accuracy === best ? 'text-right font-semibold text-good tabular-nums' : 'text-right tabular-nums'}>
              {figures.test === null ? '–' : percent(figures.test.accuracy)}
            </Cell>
            <Cell className="text-right tabular-nums">{figures.test === null ? '–' : loss(Number(figures.test.loss))}</Cell>
            <Cell className="text-right tabular-nums">{figures.val === null ? '–' : percent(figures.val.accuracy)}</Cell>
            <Cell className="text-right tabular-nums">{figures.bestEpoch === null ? '–' : count(figures.bestEpoch)}</Cell>
            <Cell className="text-right whitespace-nowrap tabular-nums">{figures.seconds === null ? '–' : duration(figures.seconds)}</Cell>
            <Cell className="text-right whitespace-nowrap tabular-nums">{imagesPerSecond === null ? '–' : t('imagesPerSecond', { speed: count(imagesPerSecond) })}</Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
