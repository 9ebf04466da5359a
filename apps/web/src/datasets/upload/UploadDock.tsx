'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useEffect } from 'react';
import { Progress } from '../../components/ui/Progress.tsx';
import { useFormats } from '../../i18n/useFormats.ts';
import { refreshDataset } from '../queries.ts';
import { uploadStore } from './uploadStore.ts';
import { useUploads } from './useUploads.ts';

/** Uploads that go on while one looks at other pages. Leaving the dashboard meanwhile is asked about. */
export function UploadDock() {
  const t = useTranslations('datasets.upload');
  const format = useFormats();
  const queries = useQueryClient();
  const path = usePathname();
  const tasks = useUploads();
  const completed = tasks.find(({ phase }) => phase === 'completed');
  const busy = tasks.some(({ phase }) => phase === 'sending' || phase === 'completing');
  useEffect(() => {
    if (completed === undefined) return;
    // Shown as an import before it is no upload any more.
    void refreshDataset(queries, completed.upload.dataset).finally(() => uploadStore.drop(completed));
  }, [queries, completed]);
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
  const shown = tasks.filter(({ phase, upload }) => phase !== 'completed' && path !== `/datasets/${upload.dataset}`);
  if (shown.length === 0) return null;
  return (
    <div role="region" aria-label={t('dock')} className="fixed right-4 bottom-4 z-30 flex w-72 max-w-[calc(100vw-2rem)] flex-col gap-2">
      {shown.map((task) => (
        <Link key={task.upload.id} href={`/datasets/${task.upload.dataset}`} className="flex animate-in flex-col gap-2 rounded-lg border border-line bg-raised p-3 shadow-pop hover:border-line-strong">
          <span className="flex items-center gap-2 text-sm">
            <Upload className="size-4 shrink-0 text-faint" aria-hidden />
            <span className="min-w-0 flex-1 truncate font-medium">{task.upload.datasetName}</span>
            <span className="text-muted tabular-nums">{task.phase === 'paused' || task.phase === 'failed' ? t(`short.${task.phase}`) : format.percent(task.meter.bytes / task.meter.total)}</span>
          </span>
          <Progress value={task.meter.bytes / task.meter.total} label={t('progress')} />
        </Link>
      ))}
    </div>
  );
}
