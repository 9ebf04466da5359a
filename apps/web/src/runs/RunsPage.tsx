'use client';

import { GitCompareArrows, SearchX, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { usePathname, useSearchParams } from 'next/navigation';
import { useCallback, useMemo, useState } from 'react';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { EmptyState } from '../components/ui/EmptyState.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Page } from '../shell/Page.tsx';
import { FirstRun } from './FirstRun.tsx';
import { isFiltered, readFilter, writeFilter, type RunFilter } from './runFilter.ts';
import { RunFilterBar } from './RunFilterBar.tsx';
import { RunTable } from './RunTable.tsx';
import { useRunList, type FirstRuns } from './useRunList.ts';

/** As many as GET /v1/comparison takes. */
const mostCompared = 20;

export function RunsPage({ first }: { first: FirstRuns }) {
  const t = useTranslations('runs');
  const sentence = useProblemSentence();
  const path = usePathname();
  const parameters = useSearchParams();
  const filter = useMemo(() => readFilter(parameters), [parameters]);
  const setFilter = useCallback((next: RunFilter): void => window.history.replaceState(null, '', path + writeFilter(next)), [path]);
  const list = useRunList(filter, first);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());

  const toggle = useCallback((id: string): void => {
    setSelected((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  const empty = !list.loading && list.runs.length === 0;
  return (
    <Page title={t('title')} fill>
      {list.error !== null && (
        <div className="mb-4">
          <Notice tone="bad" alert>
            {sentence(list.error)}
          </Notice>
        </div>
      )}
      {empty && !isFiltered(filter) && list.error === null ? (
        <FirstRun />
      ) : (
        <>
          <RunFilterBar filter={filter} onChange={setFilter} />
          {empty ? (
            <EmptyState icon={SearchX} title={t('noMatch')} actions={<Button onClick={() => setFilter(readFilter(new URLSearchParams()))}>{t('clear')}</Button>} />
          ) : (
            <RunTable {...list} filter={filter} onFilter={setFilter} selected={selected} onToggle={toggle} />
          )}
        </>
      )}
      {selected.size > 0 && (
        <div role="region" aria-label={t('selection')} className="fixed inset-x-0 bottom-4 z-20 mx-auto flex w-fit animate-in items-center gap-2 rounded-xl border border-line bg-raised p-2 pl-4 text-sm shadow-pop">
          <span className="tabular-nums">{t('selected', { count: selected.size })}</span>
          {selected.size >= 2 && selected.size <= mostCompared ? (
            <Button asChild look="primary">
              <Link href={`/compare?${[...selected].map((id) => `run=${id}`).join('&')}`}>
                <GitCompareArrows aria-hidden />
                {t('compare')}
              </Link>
            </Button>
          ) : (
            <span className="text-faint">{t('compareRange', { most: mostCompared })}</span>
          )}
          <Button look="quiet" size="icon" aria-label={t('clearSelection')} onClick={() => setSelected(new Set())}>
            <X aria-hidden />
          </Button>
        </div>
      )}
    </Page>
  );
}
