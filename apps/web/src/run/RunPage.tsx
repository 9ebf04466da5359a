'use client';

import type { EpochRecord } from '@thaw/contract/events';
import type { RunWithCompanions } from '@thaw/contract/runs';
import { useTranslations } from 'next-intl';
import dynamic from 'next/dynamic';
import Link from 'next/link';
import { useState } from 'react';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { Tabs } from '../components/ui/Tabs.tsx';
import { RunStoreContext, useRun, useRunStore } from '../live/useRun.ts';
import { StatusBadge } from '../runs/StatusBadge.tsx';
import { Page } from '../shell/Page.tsx';
import { CurvesTab } from './CurvesTab.tsx';
import { RunActions } from './RunActions.tsx';
import { RunNotices } from './RunNotices.tsx';
import { RunSummary } from './RunSummary.tsx';

const loading = () => <Skeleton className="h-96 w-full" />;
const PanelTab = dynamic(() => import('./PanelTab.tsx').then((module) => module.PanelTab), { loading });
const EvaluationTab = dynamic(() => import('./evaluation/EvaluationTab.tsx').then((module) => module.EvaluationTab), { loading });
const CheckpointsTab = dynamic(() => import('./CheckpointsTab.tsx').then((module) => module.CheckpointsTab), { loading });
const TryTab = dynamic(() => import('../tryPicture/TryTab.tsx').then((module) => module.TryTab), { loading });
const LogTab = dynamic(() => import('./LogTab.tsx').then((module) => module.LogTab), { loading });
const RecipeTab = dynamic(() => import('./RecipeTab.tsx').then((module) => module.RecipeTab), { loading });

interface RunPageProps {
  run: RunWithCompanions;
  /** So far: what is drawn at once, before the iterations are loaded. */
  epochs: readonly EpochRecord[];
}

/** A run, from the moment it is queued: it follows what happens and needs no reload. */
export function RunPage({ run, epochs }: RunPageProps) {
  const store = useRunStore(run, epochs);
  return (
    <RunStoreContext value={store}>
      <RunView />
    </RunStoreContext>
  );
}

type TabName = 'curves' | 'panel' | 'evaluation' | 'try' | 'checkpoints' | 'log' | 'recipe';

function RunView() {
  const t = useTranslations('run');
  const { model } = useRun();
  const [tab, setTab] = useState<TabName>('curves');
  const { run } = model;
  if (run === null) return null;
  const contents = { curves: <CurvesTab />, panel: <PanelTab />, evaluation: <EvaluationTab />, try: <TryTab />, checkpoints: <CheckpointsTab />, log: <LogTab />, recipe: <RecipeTab /> };
  return (
    <Page
      above={
        <Link href="/runs" className="hover:text-ink">
          {t('allRuns')}
        </Link>
      }
      title={
        <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
          {run.name}
          <StatusBadge run={run} />
        </span>
      }
      actions={<RunActions run={run} />}
    >
      <div className="flex flex-col gap-5">
        <RunNotices />
        <RunSummary />
        <Tabs
          label={t('parts')}
          value={tab}
          onChange={setTab}
          tabs={(Object.keys(contents) as TabName[]).map((value) => ({ value, title: t(`tabs.${value}`), content: contents[value] }))}
        />
      </div>
    </Page>
  );
}
