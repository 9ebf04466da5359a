'use client';

import { Camera, ImageUp } from 'lucide-react';
import { useTranslations } from 'next-intl';
import dynamic from 'next/dynamic';
import { useEffect, useRef, useState } from 'react';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { classNames } from '../components/ui/classNames.ts';
import { Notice } from '../components/ui/Notice.tsx';
import { toast } from '../components/ui/toast.ts';
import { useFormats } from '../i18n/useFormats.ts';
import { useRun } from '../live/useRun.ts';
import { PredictionBars } from './PredictionBars.tsx';
import { useAsking } from './useAsking.ts';

const CameraDialog = dynamic(() => import('./CameraDialog.tsx').then((module) => module.CameraDialog));

/** As the API takes them (predict.ts of the contract, whose checks would come along). */
const mostBytes = 20 * 2 ** 20;

/** A picture of one's own: what the network says of it, and what it said before any fine-tuning. */
export function TryTab() {
  const t = useTranslations('tryPicture');
  const sentence = useProblemSentence();
  const { bytes, count } = useFormats();
  const { id, model } = useRun();
  const { asking, ask } = useAsking(id);
  const input = useRef<HTMLInputElement>(null);
  const [camera, setCamera] = useState(false);
  const [over, setOver] = useState(false);
  const ready = (model.run?.lastEpoch?.epoch ?? 0) >= 1;

  const take = (picture: Blob | null | undefined): void => {
    if (!picture) return;
    if (picture.size > mostBytes) toast.error(t('tooLarge', { most: bytes(mostBytes) }));
    else ask(picture);
  };
  const latest = useRef(take);
  useEffect(() => void (latest.current = take));
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const picture = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
      if (picture === undefined) return;
      event.preventDefault();
      latest.current(picture);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, []);

  if (!ready) return <p className="py-16 text-center text-sm text-muted">{t('later')}</p>;
  const { url, state, prediction, error } = asking;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
      <div
        className={classNames('flex flex-col items-center gap-3 rounded-xl border-2 border-dashed p-4 text-center transition-colors', over ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface')}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files[0]);
        }}
      >
        <div className="flex aspect-square w-full items-center justify-center overflow-hidden rounded-lg bg-hover">
          {url === null ? <ImageUp className="size-8 text-faint" aria-hidden /> : <img src={url} alt={t('yours')} className="size-full object-contain" />}
        </div>
        <p className="text-sm text-muted">{t('hint')}</p>
        <div className="flex flex-wrap justify-center gap-2">
          <Button look="primary" onClick={() => input.current?.click()}>
            <ImageUp aria-hidden />
            {t('choose')}
          </Button>
          <Button onClick={() => setCamera(true)}>
            <Camera aria-hidden />
            {t('camera')}
          </Button>
        </div>
        <input
          ref={input}
          type="file"
          accept="image/*"
          hidden
          data-testid="picture"
          onChange={({ target }) => {
            take(target.files?.[0]);
            target.value = '';
          }}
        />
      </div>
      <div className="flex flex-col gap-4" aria-live="polite" aria-busy={state === 'asking' || state === 'making'}>
        {state === 'failed' && <Notice tone="bad">{sentence(error)}</Notice>}
        {state === 'making' && <Notice title={t('makingTitle')}>{t('makingText')}</Notice>}
        <div className="grid gap-4 sm:grid-cols-2">
          <Card title={t('before')}>
            <PredictionBars predictions={prediction?.untuned?.predictions ?? null} waiting={state === 'asking' || state === 'making' || state === 'answered'} />
          </Card>
          <Card title={prediction === null ? t('after') : t('afterEpoch', { epoch: count(prediction.epoch) })}>
            <PredictionBars predictions={prediction?.predictions ?? null} waiting={state === 'asking' || state === 'making'} strong />
          </Card>
        </div>
        {prediction !== null && (
          <p className="text-xs text-faint tabular-nums">{t('facts', { width: prediction.width, height: prediction.height, milliseconds: count(prediction.milliseconds) })}</p>
        )}
        {prediction !== null && prediction.untuned === null && <p className="text-xs text-muted">{t('untunedLater')}</p>}
      </div>
      {camera && <CameraDialog onPicture={take} onClose={() => setCamera(false)} />}
    </div>
  );
}
