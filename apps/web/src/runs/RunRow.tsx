'use client';

import type { ListedRun } from '@thaw/contract/runs';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { memo } from 'react';
import { Checkbox } from '../components/ui/Checkbox.tsx';
import { classNames } from '../components/ui/classNames.ts';
import { useFormats } from '../i18n/useFormats.ts';
import { accuracyOf, progressOf, secondsOf } from './runFacts.ts';
import { Sparkline } from './Sparkline.tsx';
import { StatusBadge } from './StatusBadge.tsx';

/** Widths, the same in the head and in each row. On a phone a row has two lines and no columns. */
export const columns = {
  name: 'min-w-0 flex-1',
  status: 'w-24 shrink-0',
  curve: 'w-24 shrink-0 max-lg:hidden',
  accuracy: 'w-20 shrink-0 text-right',
  progress: 'w-20 shrink-0 text-right',
  duration: 'w-20 shrink-0 text-right',
  created: 'w-28 shrink-0 text-right max-lg:hidden',
} as const;

interface RunRowProps {
  run: ListedRun;
  index: number;
  /** Pixels. */
  top: number;
  height: number;
  now: number | null;
  selected: boolean;
  onToggle: (id: string) => void;
  onTag: (tag: string) => void;
}

/** Rendered anew only when something of it changes: many come and go while one scrolls. */
export const RunRow = memo(function RunRow({ run, index, top, height, now, selected, onToggle, onTag }: RunRowProps) {
  const t = useTranslations('runs');
  const { percent, duration, ago, count } = useFormats();
  const accuracy = accuracyOf(run);
  const seconds = secondsOf(run, now);
  const shownAccuracy = accuracy === null ? '–' : percent(accuracy.value);
  const shownSeconds = seconds === null ? '–' : duration(seconds);
  const { epochs } = run.spec.schedule;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={classNames('group absolute inset-x-0 flex items-center gap-4 border-b border-line pr-4 pl-3 transition-colors', selected ? 'bg-accent-soft' : 'hover:bg-hover')}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <span role="cell" className="z-10 flex">
        <Checkbox checked={selected} onChange={() => onToggle(run.id)} aria-label={t('select', { name: run.name })} />
      </span>
      <div role="cell" className={columns.name}>
        <Link href={`/runs/${run.id}`} prefetch={false} className="block truncate font-medium outline-offset-0 after:absolute after:inset-0">
          {run.name}
        </Link>
        <div className="flex items-center gap-1.5 overflow-hidden text-xs whitespace-nowrap text-faint">
          <span className="md:hidden">
            {shownAccuracy} · {shownSeconds} ·
          </span>
          <span>{run.spec.preset}</span>
          {run.tags.map((tag) => (
            <button key={tag} type="button" onClick={() => onTag(tag)} className="z-10 rounded bg-hover px-1.5 text-muted group-hover:bg-active hover:text-ink">
              {tag}
            </button>
          ))}
        </div>
      </div>
      <div role="cell" className={columns.status}>
        <StatusBadge run={run} />
      </div>
      <div role="cell" className={columns.curve}>
        <Sparkline points={run.sparkline ?? []} />
      </div>
      <div role="cell" className={classNames(columns.accuracy, 'font-medium tabular-nums max-md:hidden')} title={accuracy === null ? undefined : t(`measuredOn.${accuracy.part}`)}>
        {shownAccuracy}
      </div>
      <div role="cell" className={classNames(columns.progress, 'text-muted tabular-nums max-md:hidden')}>
        {run.status === 'running' ? percent(progressOf(run)) : `${count(run.lastEpoch?.epoch ?? 0)} / ${count(epochs)}`}
      </div>
      <div role="cell" className={classNames(columns.duration, 'text-muted tabular-nums max-md:hidden')}>
        {shownSeconds}
      </div>
      <div role="cell" className={classNames(columns.created, 'truncate text-muted max-md:hidden')}>
        {now === null ? '' : ago(run.createdAt, now)}
      </div>
    </div>
  );
});
