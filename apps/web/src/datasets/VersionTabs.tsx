'use client';

import type { Dataset } from '@thaw/contract/datasets';
import { useTranslations } from 'next-intl';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Badge } from '../components/ui/Badge.tsx';
import { Button } from '../components/ui/Button.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { Tabs } from '../components/ui/Tabs.tsx';
import { ClassesTab } from './ClassesTab.tsx';
import { ImagesTab } from './gallery/ImagesTab.tsx';
import { useVersion } from './queries.ts';
import { ReportTab } from './ReportTab.tsx';
import { usePlace } from './usePlace.ts';
import { VersionsTab } from './VersionsTab.tsx';

const names = ['images', 'classes', 'report', 'versions'] as const;

/** All that is known of a version that is ready. */
export function VersionTabs({ dataset, number }: { dataset: Dataset; number: number }) {
  const t = useTranslations('datasets');
  const sentence = useProblemSentence();
  const [place, go] = usePlace();
  const { data: version, error } = useVersion(dataset.id, number);
  if (error !== null) return <Notice tone="bad">{sentence(error)}</Notice>;
  if (version === undefined) return <Skeleton className="h-96 w-full" />;
  const tab = names.find((name) => name === place.tab) ?? 'images';
  const grave = version.report.filter(({ severity }) => severity !== 'info');
  const isReady = version.status === 'ready';
  const contents = {
    images: isReady ? <ImagesTab key={number} version={version} editable={!dataset.builtIn} /> : null,
    classes: <ClassesTab key={number} version={version} editable={!dataset.builtIn} />,
    report: <ReportTab version={version} editable={!dataset.builtIn} />,
    versions: <VersionsTab dataset={dataset} shown={number} />,
  };
  const title = (name: (typeof names)[number]) =>
    name === 'report' && grave.length > 0 ? (
      <span className="inline-flex items-center gap-1.5">
        {t('tabs.report')}
        <Badge tone={grave.some(({ severity }) => severity === 'error') ? 'bad' : 'warn'}>{grave.length}</Badge>
      </span>
    ) : (
      t(`tabs.${name}`)
    );
  return (
    <>
      {dataset.version !== null && number !== dataset.version && (
        <Notice
          action={
            <Button size="small" onClick={() => go({ version: null })}>
              {t('toNewest')}
            </Button>
          }
        >
          {t('olderVersion', { version: number, newest: dataset.version })}
        </Notice>
      )}
      <Tabs
        label={t('parts')}
        value={tab}
        onChange={(value) => go({ tab: value === 'images' ? null : value })}
        tabs={names.filter((name) => name !== 'versions' || !dataset.builtIn).map((value) => ({ value, title: title(value), content: contents[value] }))}
      />
    </>
  );
}
