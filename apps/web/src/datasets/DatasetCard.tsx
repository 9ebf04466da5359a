'use client';

import type { Dataset } from '@thaw/contract/datasets';
import { Image as ImageIcon } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { Badge } from '../components/ui/Badge.tsx';
import { Progress } from '../components/ui/Progress.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useNow } from '../i18n/useNow.ts';
import { DatasetStatus } from './DatasetStatus.tsx';
import { countImages, fractionOf } from './facts.ts';
import { samplePictures } from './samplePictures.ts';
import { useUploads } from './upload/useUploads.ts';

const samples = 8;

/** A data set in the list: some of its pictures, what it is made of, and where its newest version stands. */
export function DatasetCard({ dataset }: { dataset: Dataset }) {
  const t = useTranslations('datasets');
  const format = useFormats();
  const now = useNow(60_000);
  const uploading = useUploads().find(({ upload, phase }) => upload.dataset === dataset.id && phase !== 'completed');
  const pictures = samplePictures(dataset, samples);
  const facts = [
    t('facts.classes', { count: dataset.classes.length }),
    t('facts.images', { count: countImages(dataset) }),
    ...(dataset.imageSize === null ? [] : [`${dataset.imageSize.width} px`]),
    ...(dataset.bytes === null ? [] : [format.bytes(dataset.bytes)]),
  ];
  return (
    <Link href={`/datasets/${dataset.id}`} className="group flex min-w-0 flex-1 flex-col overflow-hidden rounded-xl border border-line bg-surface transition-colors hover:border-line-strong">
      <div className="grid aspect-[4/2] grid-cols-4 grid-rows-2 gap-px bg-hover">
        {pictures.map((src) => (
          <img key={src} src={src} alt="" loading="lazy" decoding="async" className="size-full object-cover [image-rendering:pixelated]" />
        ))}
        {pictures.length === 0 && (
          <div className="col-span-4 row-span-2 flex items-center justify-center text-faint">
            <ImageIcon className="size-8" aria-hidden />
          </div>
        )}
      </div>
      <div className="flex flex-1 flex-col gap-1 p-4">
        <div className="flex items-start justify-between gap-2">
          <h2 className="min-w-0 text-base font-semibold break-words group-hover:text-accent">{dataset.name}</h2>
          {dataset.builtIn ? <Badge>{t('builtIn')}</Badge> : <DatasetStatus status={uploading === undefined ? dataset.status : 'uploading'} />}
        </div>
        <p className="text-sm text-muted">{dataset.version === null ? t('facts.nothing') : facts.join(' · ')}</p>
        {uploading !== undefined ? (
          <Progress value={uploading.meter.bytes / uploading.meter.total} label={t('status.uploading')} />
        ) : dataset.progress !== null && dataset.status === 'importing' ? (
          <Progress value={fractionOf(dataset.progress)} label={t('status.importing')} />
        ) : (
          !dataset.builtIn && <p className="mt-auto pt-1 text-xs text-faint">{now === null ? ' ' : t('facts.created', { when: format.ago(dataset.createdAt, now) })}</p>
        )}
      </div>
    </Link>
  );
}
