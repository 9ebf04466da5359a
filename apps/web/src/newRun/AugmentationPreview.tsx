'use client';

import type { RunSpec } from '@thaw/contract/runSpec';
import { Images } from 'lucide-react';
import { useTranslations } from 'next-intl';
import dynamic from 'next/dynamic';
import { useState } from 'react';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';

const PreviewPicture = dynamic(() => import('./PreviewPicture.tsx').then((module) => module.PreviewPicture), { ssr: false, loading: () => <Skeleton className="size-full" /> });

/** Images of the data set as they are, and as the network will meet them. Nothing is loaded or rendered before it is asked for. */
export function AugmentationPreview({ spec }: { spec: RunSpec }) {
  const t = useTranslations('newRun.preview');
  const [shown, setShown] = useState(false);
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
      {shown && (
        <div className="mt-3 aspect-[7/5] w-full max-w-xl">
          <PreviewPicture spec={spec} />
        </div>
      )}
    </Card>
  );
}
