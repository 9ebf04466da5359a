'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pause, Play, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { ApiError } from '../../api/ApiError.ts';
import { callApi } from '../../api/callApi.ts';
import { useProblemSentence } from '../../api/useProblemSentence.ts';
import { Button } from '../../components/ui/Button.tsx';
import { Card } from '../../components/ui/Card.tsx';
import { Dialog } from '../../components/ui/Dialog.tsx';
import { Notice } from '../../components/ui/Notice.tsx';
import { Progress } from '../../components/ui/Progress.tsx';
import { useFormats } from '../../i18n/useFormats.ts';
import { useNow } from '../../i18n/useNow.ts';
import { refreshDataset } from '../queries.ts';
import { FileChanged, UploadGone } from './sendParts.ts';
import { uploadStore } from './uploadStore.ts';
import type { UploadTask } from './UploadTask.ts';

/** An upload that this page sends: how far it is, how fast, and how it is halted, continued or given up. */
export function UploadCard({ task }: { task: UploadTask }) {
  const t = useTranslations('datasets.upload');
  const format = useFormats();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  // Speed and time left move on also when nothing arrives.
  useNow(1000);
  const [asking, setAsking] = useState(false);
  const { phase, meter, trouble, error, upload } = task;
  const giveUp = useMutation({
    mutationFn: async () => {
      task.pause();
      await callApi(`/v1/uploads/${upload.id}`, { method: 'DELETE' }).catch((failure: unknown) => {
        if (!(failure instanceof ApiError) || failure.status !== 404) throw failure;
      });
      uploadStore.drop(task);
    },
    onSettled: () => refreshDataset(queries, upload.dataset),
  });
  const now = performance.now();
  const [speed, left] = [phase === 'sending' && !trouble ? meter.speed(now) : null, meter.secondsLeft(now)];
  const facts = [
    t('of', { done: format.bytes(meter.bytes), all: format.bytes(meter.total) }),
    ...(speed === null ? [] : [`${format.bytes(speed)}/s`]),
    ...(speed === null || left === null ? [] : [t('left', { time: format.duration(left) })]),
  ];
  const said = error === null ? null : error instanceof FileChanged ? t('fileChanged') : error instanceof UploadGone ? t('gone') : sentence(error);
  return (
    <Card
      title={t(`phase.${phase}`, { file: upload.fileName })}
      actions={
        <div className="flex gap-2">
          {phase === 'sending' && (
            <Button size="small" onClick={() => task.pause()}>
              <Pause aria-hidden />
              {t('pause')}
            </Button>
          )}
          {(phase === 'paused' || phase === 'failed') && !(error instanceof UploadGone) && (
            <Button size="small" look="primary" onClick={() => void task.resume()}>
              <Play aria-hidden />
              {t('goOn')}
            </Button>
          )}
          <Button size="small" look="quiet" onClick={() => setAsking(true)}>
            <X aria-hidden />
            {t('giveUp')}
          </Button>
        </div>
      }
    >
      <div className="flex flex-col gap-2">
        <Progress value={meter.total === 0 ? 0 : meter.bytes / meter.total} label={t('progress')} />
        <p className="flex justify-between gap-3 text-sm text-muted tabular-nums">
          <span>{facts.join(' · ')}</span>
          <span>{format.percent(meter.total === 0 ? 0 : meter.bytes / meter.total)}</span>
        </p>
        {trouble && <Notice tone="warn">{t('trouble')}</Notice>}
        {said !== null && (
          <Notice tone="bad" alert>
            {said}
          </Notice>
        )}
        {phase === 'sending' && !trouble && <p className="text-xs text-faint">{t('stayHere')}</p>}
      </div>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title={t('giveUpTitle')}
        description={t('giveUpText')}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>{t('keep')}</Button>
            <Button look="danger" busy={giveUp.isPending} onClick={() => giveUp.mutate()}>
              {t('giveUpNow')}
            </Button>
          </>
        }
      >
        {giveUp.error !== null && (
          <Notice tone="bad" alert>
            {sentence(giveUp.error)}
          </Notice>
        )}
      </Dialog>
    </Card>
  );
}
