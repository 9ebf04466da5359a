'use client';

import type { Dataset } from '@thaw/contract/datasets';
import { useTranslations } from 'next-intl';
import { Badge, type Tone } from '../components/ui/Badge.tsx';
import { classNames } from '../components/ui/classNames.ts';

type Status = Dataset['status'] | 'uploading';
const tones: Readonly<Record<Status, Tone>> = { empty: 'plain', uploading: 'accent', queued: 'plain', launching: 'accent', importing: 'accent', ready: 'good', failed: 'bad', cancelled: 'plain' };
const dots = { plain: 'bg-faint', accent: 'bg-accent animate-pulse', good: 'bg-good', warn: 'bg-warn', bad: 'bg-bad' } as const;

/** Where a version stands, or that the next one is being uploaded. */
export function DatasetStatus({ status }: { status: Status }) {
  const t = useTranslations('datasets.status');
  return (
    <Badge tone={tones[status]}>
      <span aria-hidden className={classNames('size-1.5 rounded-full', dots[tones[status]])} />
      {t(status)}
    </Badge>
  );
}
