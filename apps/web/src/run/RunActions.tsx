'use client';

import type { Run } from '@thaw/contract/runs';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Copy, Ellipsis, FileText, Pencil, Play, Square, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import dynamic from 'next/dynamic';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { toast } from '../components/ui/toast.ts';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Menu, MenuItem, MenuSeparator } from '../components/ui/Menu.tsx';
import { useRun } from '../live/useRun.ts';
import { hasEnded } from '../runs/runFacts.ts';

const ConfirmDialog = dynamic(() => import('../components/ui/ConfirmDialog.tsx').then((module) => module.ConfirmDialog));
const DescribeDialog = dynamic(() => import('./DescribeDialog.tsx').then((module) => module.DescribeDialog));

type Question = 'cancel' | 'delete' | null;

/** What can be done with a run; what cannot be taken back is asked for once more. */
export function RunActions({ run }: { run: Run }) {
  const t = useTranslations('run.actions');
  const sentence = useProblemSentence();
  const store = useRun();
  const router = useRouter();
  const queries = useQueryClient();
  const [question, setQuestion] = useState<Question>(null);
  const [describing, setDescribing] = useState(false);
  const act = useMutation({
    mutationFn: (verb: 'cancel' | 'resume') => callApi<Run>(`/v1/runs/${run.id}/${verb}`, { method: 'POST' }),
    onSuccess: (changed, verb) => {
      store.take(changed);
      if (verb === 'resume') store.restart();
      setQuestion(null);
    },
    // The question says it itself.
    onError: (error, verb) => verb === 'resume' && toast.error(sentence(error)),
  });
  const remove = useMutation({
    mutationFn: () => callApi<undefined>(`/v1/runs/${run.id}`, { method: 'DELETE' }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['runs'] });
      router.push('/runs');
    },
  });
  const close = (): void => {
    setQuestion(null);
    act.reset();
    remove.reset();
  };
  const ended = hasEnded(run.status);
  return (
    <>
      {!ended && (
        <Button look="danger" disabled={run.stopRequested} onClick={() => setQuestion('cancel')}>
          <Square aria-hidden />
          {t('cancel')}
        </Button>
      )}
      {(run.status === 'failed' || run.status === 'cancelled') && (
        <Button look="primary" busy={act.isPending} onClick={() => act.mutate('resume')}>
          <Play aria-hidden />
          {t('resume')}
        </Button>
      )}
      <Button asChild>
        <Link href={`/runs/new?from=${run.id}`}>
          <Copy aria-hidden />
          {t('clone')}
        </Link>
      </Button>
      <Menu
        trigger={
          <Button look="quiet" size="icon" aria-label={t('more')}>
            <Ellipsis aria-hidden />
          </Button>
        }
      >
        <MenuItem onSelect={() => setDescribing(true)}>
          <Pencil aria-hidden />
          {t('describe')}
        </MenuItem>
        <MenuItem asChild>
          <Link href={`/runs/${run.id}/report`}>
            <FileText aria-hidden />
            {t('report')}
          </Link>
        </MenuItem>
        <MenuSeparator />
        <MenuItem danger disabled={!ended} onSelect={() => setQuestion('delete')}>
          <Trash2 aria-hidden />
          {t('delete')}
        </MenuItem>
      </Menu>
      {describing && <DescribeDialog run={run} open onOpenChange={setDescribing} />}
      {question === 'cancel' && (
        <ConfirmDialog
          open
          onClose={close}
          title={t('cancelTitle')}
          text={t('cancelText')}
          leave={t('keep')}
          action={t('cancelNow')}
          busy={act.isPending}
          error={act.variables === 'cancel' ? act.error : null}
          onConfirm={() => act.mutate('cancel')}
        />
      )}
      {question === 'delete' && (
        <ConfirmDialog
          open
          onClose={close}
          title={t('deleteTitle')}
          text={t('deleteText')}
          leave={t('keep')}
          action={t('deleteNow')}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
        />
      )}
    </>
  );
}
