'use client';

import type { Dataset, DatasetVersion } from '@thaw/contract/datasets';
import { Play } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';
import { Badge } from '../components/ui/Badge.tsx';
import { Button } from '../components/ui/Button.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { Page } from '../shell/Page.tsx';
import { DatasetMenu } from './DatasetMenu.tsx';
import { DatasetStatus } from './DatasetStatus.tsx';
import { countImages, hasEnded } from './facts.ts';
import { ImportCard } from './ImportCard.tsx';
import { ImportEnded } from './ImportEnded.tsx';
import { useDataset, useOpenUploads, useVersion } from './queries.ts';
import { BrokenOffUpload } from './upload/BrokenOffUpload.tsx';
import { DropArea } from './upload/DropArea.tsx';
import type { Picked } from './upload/pickFiles.ts';
import { ChooseFiles } from './upload/ChooseFiles.tsx';
import { UploadCard } from './upload/UploadCard.tsx';
import { UploadForm } from './upload/UploadForm.tsx';
import { useUploads } from './upload/useUploads.ts';
import { usePlace } from './usePlace.ts';
import { VersionTabs } from './VersionTabs.tsx';

/** A data set: what is on the way to it, and what there is. */
export function DatasetPage({ initial }: { initial: Dataset }) {
  const t = useTranslations('datasets');
  const format = useFormats();
  const { data: dataset } = useDataset(initial);
  const [place, go] = usePlace();
  const latest = useVersion(dataset.id, dataset.latest).data;
  const shownVersion = place.version ?? dataset.version;
  const task = useUploads().find(({ upload, phase }) => upload.dataset === dataset.id && phase !== 'completed');
  const brokenOff = useOpenUploads().data?.find((upload) => upload.dataset === dataset.id);
  useReportOnceMade(latest, () => go({ tab: 'report', version: null }));
  const description =
    dataset.version === null
      ? t('facts.nothing')
      : [
          t('facts.classes', { count: dataset.classes.length }),
          t('facts.images', { count: countImages(dataset) }),
          ...(dataset.imageSize === null ? [] : [`${dataset.imageSize.width} × ${dataset.imageSize.height} px`]),
          ...(dataset.bytes === null ? [] : [format.bytes(dataset.bytes)]),
          t('facts.version', { version: dataset.version }),
        ].join(' · ');
  const blocked = dataset.report.some(({ severity }) => severity === 'error');
  return (
    <Page
      above={
        <Link href="/datasets" className="hover:text-ink">
          {t('list.title')}
        </Link>
      }
      title={
        <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
          {dataset.name}
          {dataset.builtIn ? <Badge>{t('builtIn')}</Badge> : <DatasetStatus status={task === undefined ? dataset.status : 'uploading'} />}
        </span>
      }
      description={description}
      actions={
        <>
          {dataset.version !== null && !blocked && (
            <Button asChild look="primary">
              <Link href={`/runs/new?dataset=${encodeURIComponent(dataset.id)}`}>
                <Play aria-hidden />
                {t('train')}
              </Link>
            </Button>
          )}
          {!dataset.builtIn && <DatasetMenu dataset={dataset} />}
        </>
      }
    >
      <div className="flex flex-col gap-5">
        {task !== undefined && <UploadCard task={task} />}
        {task === undefined && brokenOff !== undefined && <BrokenOffUpload upload={brokenOff} />}
        {latest !== undefined && !dataset.builtIn && (hasEnded(latest.status) ? <ImportEnded dataset={dataset} version={latest} /> : <ImportCard version={latest} />)}
        {blocked && (
          <Notice
            tone="bad"
            title={t('blockedTitle')}
            action={
              <Button size="small" onClick={() => go({ tab: 'report' })}>
                {t('tabs.report')}
              </Button>
            }
          >
            {t('blockedText')}
          </Notice>
        )}
        {dataset.status === 'empty' && task === undefined && brokenOff === undefined && <FirstUpload dataset={dataset} />}
        {shownVersion !== null && <VersionTabs dataset={dataset} number={shownVersion} />}
      </div>
    </Page>
  );
}

/** Whoever has watched a version being made is led to its report, where it says something that matters. */
function useReportOnceMade(latest: DatasetVersion | undefined, show: () => void): void {
  const watched = useRef<number | null>(null);
  useEffect(() => {
    if (latest === undefined) return;
    if (!hasEnded(latest.status)) watched.current = latest.version;
    else if (watched.current === latest.version) {
      watched.current = null;
      if (latest.status === 'ready' && latest.report.some(({ severity }) => severity !== 'info')) show();
    }
  });
}

/** A data set into which nothing was uploaded yet. */
function FirstUpload({ dataset }: { dataset: Dataset }) {
  const [picked, setPicked] = useState<Picked | null>(null);
  if (picked !== null && 'source' in picked) return <UploadForm source={picked.source} into={dataset} onBack={() => setPicked(null)} />;
  return (
    <DropArea onPicked={setPicked}>
      <ChooseFiles onPicked={setPicked} refusal={picked === null ? null : picked.refusal} />
    </DropArea>
  );
}
