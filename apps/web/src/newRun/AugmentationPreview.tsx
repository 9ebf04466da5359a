'use client';

import type { RunSpec } from '@thaw/contract/runSpec';
import { Images } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { usePreview } from './usePreview.ts';

/** Images of the data set as they are, and as the network will meet them. Nothing is rendered before it is asked for. */
export function AugmentationPreview({ spec }: { spec: RunSpec }) {
  const t = useTranslations('newRun.preview');
  const sentence = useProblemSentence();
  const [shown, setShown] = useState(false);
  const { data: preview, error } = usePreview(spec, shown);
  const picture = preview?.picture ?? null;
  const failure = preview?.failure?.message ?? (error === null ? null : sentence(error));
  return (
    <Card
      title={t('title')}
      actions={
        !shown && (
          <Button size="small" onClick={() => setShown(true)}>
            <Images aria-hidden />
            {t('show')}
          </Button>
        )
      }
    >
      <p className="text-xs text-muted">{t('text')}</p>
      {shown && failure !== null && (
        <Notice tone="bad" alert>
          {failure}
        </Notice>
      )}
      {shown && failure === null && (
        <div className="mt-3" aria-busy={picture === null}>
          {preview === undefined || picture === null ? (
            <>
              <p className="sr-only" role="status">
                {t('waiting')}
              </p>
              <Skeleton className="aspect-[7/5] w-full max-w-xl" />
            </>
          ) : (
            <img
              src={`/api${picture.path}`}
              width={picture.width}
              height={picture.height}
              alt={t('picture', { classes: preview.images.map((image) => image.class).join(', ') })}
              className="w-full max-w-xl rounded-lg [image-rendering:pixelated]"
            />
          )}
        </div>
      )}
    </Card>
  );
}
