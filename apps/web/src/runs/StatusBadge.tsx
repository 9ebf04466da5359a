'use client';

import type { Run } from '@thaw/contract/runs';
import { useTranslations } from 'next-intl';
import { Badge } from '../components/ui/Badge.tsx';
import { classNames } from '../components/ui/classNames.ts';
import { hasEnded, toneOf } from './runFacts.ts';

const dots = { plain: 'bg-faint', accent: 'bg-accent animate-pulse', good: 'bg-good', warn: 'bg-warn', bad: 'bg-bad' } as const;

export function StatusBadge({ run: { status, stopRequested } }: { run: Pick<Run, 'status' | 'stopRequested'> }) {
  const t = useTranslations('status');
  const stopping = stopRequested && !hasEnded(status);
  return (
    <Badge tone={stopping ? 'warn' : toneOf[status]}>
      <span aria-hidden className={classNames('size-1.5 rounded-full', dots[toneOf[status]])} />
      {stopping ? t('stopping') : t(status)}
    </Badge>
  );
}
