'use client';

import type { Checkpoint } from '@thaw/contract/runs';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pin } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Tip } from '../components/ui/Tip.tsx';
import { toast } from '../components/ui/toast.ts';

/** Has a checkpoint stay for as long as the run is there, or go its way again. */
export function PinButton({ run, epoch, pinned }: Pick<Checkpoint, 'epoch' | 'pinned'> & { run: string }) {
  const t = useTranslations('run.checkpoints');
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: () => callApi<Checkpoint>(`/v1/runs/${run}/checkpoints/${epoch}`, { method: 'PATCH', body: { pinned: !pinned } }),
    onError: (error) => void toast.error(sentence(error)),
    onSettled: () => queries.invalidateQueries({ queryKey: ['run', run, 'checkpoints'] }),
  });
  return (
    <Tip text={t('pinHint')}>
      <Button size="small" look={pinned ? 'primary' : 'secondary'} busy={change.isPending} aria-pressed={pinned} onClick={() => change.mutate()}>
        {!change.isPending && <Pin aria-hidden />}
        {t('pin')}
      </Button>
    </Tip>
  );
}
