'use client';

import type { RunSpec } from '@thaw/contract/runSpec';
import { useTranslations } from 'next-intl';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { usePreview } from './usePreview.ts';

/** The augmented images, as soon as they are rendered. It fills a frame of 7 by 5. */
export function PreviewPicture({ spec }: { spec: RunSpec }) {
  const t = useTranslations('newRun.preview');
  const sentence = useProblemSentence();
  const { data: preview, error } = usePreview(spec);
  const picture = preview?.picture ?? null;
  const failure = preview?.failure?.message ?? (error === null ? null : sentence(error));
  if (failure !== null)
    return (
      <Notice tone="bad" alert>
        {failure}
      </Notice>
    );
  if (preview === undefined || picture === null)
    return (
      <>
        <p className="sr-only" role="status">
          {t('waiting')}
        </p>
        <Skeleton className="size-full" />
      </>
    );
  return (
    <img
      src={`/api${picture.path}`}
      width={picture.width}
      height={picture.height}
      alt={t('picture', { classes: preview.images.map((image) => image.class).join(', ') })}
      className="size-full rounded-lg object-contain object-left-top [image-rendering:pixelated]"
    />
  );
}
