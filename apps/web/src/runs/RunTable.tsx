'use client';

import type { ListedRun, RunSort } from '@thaw/contract/runs';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useCallback, useEffect, useRef } from 'react';
import { classNames } from '../components/ui/classNames.ts';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useNow } from '../i18n/useNow.ts';
import { hasEnded } from './runFacts.ts';
import type { RunFilter } from './runFilter.ts';
import { columns, RunRow } from './RunRow.tsx';

interface RunTableProps {
  runs: readonly ListedRun[];
  loading: boolean;
  hasMore: boolean;
  loadMore: () => void;
  filter: RunFilter;
  onFilter: (filter: RunFilter) => void;
  selected: ReadonlySet<string>;
  onToggle: (id: string) => void;
}

const rowHeight = 52;
/** What the server takes for the window; the browser knows better. */
const guess = { width: 1280, height: 800 };
const sortable = { name: 'name', accuracy: 'accuracy', duration: 'duration', created: 'created' } as const satisfies Record<string, RunSort>;

/** Runs, of which only those in sight are in the page: it stays quick with ten thousand. */
export function RunTable({ runs, loading, hasMore, loadMore, filter, onFilter, selected, onToggle }: RunTableProps) {
  const t = useTranslations('runs');
  // Of a run that has ended only its age changes.
  const now = useNow(1000);
  const minute = useNow(60_000);
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: runs.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 8, initialRect: guess });
  const items = rows.getVirtualItems();
  const lastSeen = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastSeen >= runs.length - 20) loadMore();
  }, [hasMore, lastSeen, runs.length, loadMore]);

  const onTag = useCallback((tag: string) => onFilter({ ...filter, tags: [...new Set([...filter.tags, tag])] }), [filter, onFilter]);

  const head = (name: keyof typeof columns) => {
    const sort = Object.hasOwn(sortable, name) ? sortable[name as keyof typeof sortable] : null;
    const sorted = sort !== null && filter.sort === sort;
    const Arrow = filter.order === 'asc' ? ArrowUp : ArrowDown;
    return (
      <div key={name} role="columnheader" aria-sort={sort === null ? undefined : sorted ? (filter.order === 'asc' ? 'ascending' : 'descending') : 'none'} className={columns[name]}>
        {sort === null ? (
          t(`columns.${name}`)
        ) : (
          <button
            type="button"
            className={classNames('inline-flex items-center gap-1 hover:text-ink', sorted && 'text-ink')}
            onClick={() => onFilter({ ...filter, sort, order: sorted && filter.order === 'desc' ? 'asc' : 'desc' })}
          >
            {t(`columns.${name}`)}
            {sorted && <Arrow className="size-3" aria-hidden />}
          </button>
        )}
      </div>
    );
  };
  return (
    <div role="table" aria-label={t('title')} aria-rowcount={hasMore ? -1 : runs.length + 1} className="flex min-h-0 flex-1 flex-col rounded-t-xl border border-b-0 border-line bg-surface">
      <div role="rowgroup" className="border-b border-line max-md:hidden">
        <div role="row" aria-rowindex={1} className="flex h-9 items-center gap-4 pr-4 pl-3 text-xs font-medium text-faint">
          <span role="columnheader" className="w-4 shrink-0">
            <span className="sr-only">{t('columns.select')}</span>
          </span>
          {(Object.keys(columns) as (keyof typeof columns)[]).map(head)}
        </div>
      </div>
      <div ref={box} role="rowgroup" className="min-h-0 flex-1 overflow-y-auto [contain:strict]">
        {loading ? (
          <div className="flex flex-col gap-3 p-4">
            {Array.from({ length: 8 }, (_, i) => (
              <Skeleton key={i} className="h-9" />
            ))}
          </div>
        ) : (
          <div className="relative" style={{ height: rows.getTotalSize() }}>
            {items.map(({ index, start, key }) => {
              const run = runs[index];
              if (run === undefined) return null;
              return (
                <RunRow
                  key={key}
                  run={run}
                  index={index}
                  top={start}
                  height={rowHeight}
                  now={hasEnded(run.status) ? minute : now}
                  selected={selected.has(run.id)}
                  onToggle={onToggle}
                  onTag={onTag}
                />
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}
