'use client';

import { Camera, ImageUp } from 'lucide-react';
import { useTranslations } from 'next-intl';
import dynamic from 'next/dynamic';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { classNames } from '../components/ui/classNames.ts';
import { Notice } from '../components/ui/Notice.tsx';
import { Progress } from '../components/ui/Progress.tsx';
import { toast } from '../components/ui/toast.ts';
import { useFormats } from '../i18n/useFormats.ts';
import { useRun } from '../live/useRun.ts';
import { chooseAnswerer, chosenAnswerer, onAnswererChange } from './answerer.ts';
import { AnswererChoice } from './AnswererChoice.tsx';
import { BrowserProblem } from './inBrowser/BrowserProblem.ts';
import { PredictionBars } from './PredictionBars.tsx';
import { useAsking, type Question } from './useAsking.ts';

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
  const answerer = useSyncExternalStore(onAnswererChange, chosenAnswerer, () => 'server' as const);
  const [epoch, setEpoch] = useState<'best' | number>('best');
  const [last, setLast] = useState<Blob | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const [camera, setCamera] = useState(false);
  const [over, setOver] = useState(false);
  const ready = (model.run?.lastEpoch?.epoch ?? 0) >= 1;

  const take = (picture: Blob | null | undefined): void => {
    if (!picture) return;
    if (picture.size > mostBytes) return void toast.error(t('tooLarge', { most: bytes(mostBytes) }));
    setLast(picture);
    ask({ picture, epoch, answerer });
  };
  /** The same picture, otherwise. */
  const again = (change: Partial<Question>): void => void (last !== null && ask({ picture: last, epoch, answerer, ...change }));
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
  const { url, state, prediction, comparing, download, by, error } = asking;
  const waiting = state === 'asking' || state === 'making';
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
      <div className="flex flex-col gap-4">
        <AnswererChoice
          answerer={answerer}
          onAnswerer={(next) => {
            chooseAnswerer(next);
            again({ answerer: next });
          }}
          epoch={epoch}
          onEpoch={(next) => {
            setEpoch(next);
            again({ epoch: next });
          }}
        />
        <div className="flex flex-col gap-4" aria-live="polite" aria-busy={waiting}>
          {state === 'failed' && <Notice tone="bad">{error instanceof BrowserProblem ? t(`cannot.${error.kind}`) : sentence(error)}</Notice>}
          {state !== 'nothing' && by !== answerer && <Notice>{t(by === 'server' ? 'serverInstead' : 'browserInstead')}</Notice>}
          {state === 'making' && <Notice title={t('makingTitle')}>{t('makingText')}</Notice>}
          <div className="grid gap-4 sm:grid-cols-2">
            <Card title={t('before')}>
              <PredictionBars predictions={prediction?.untuned?.predictions ?? null} waiting={waiting || comparing} />
            </Card>
            <Card title={prediction === null ? t('after') : t('afterEpoch', { epoch: count(prediction.epoch) })}>
              <PredictionBars predictions={prediction?.predictions ?? null} waiting={waiting} strong />
            </Card>
          </div>
          {download !== null && download.loaded < download.total && (
            <div className="flex flex-col gap-1.5">
              <p className="text-xs text-muted tabular-nums" aria-hidden>
                {t('download', { loaded: bytes(download.loaded), total: bytes(download.total) })}
              </p>
              <Progress value={download.loaded / download.total} label={t('downloading')} />
            </div>
          )}
          {prediction !== null && (
            <p className="text-xs text-faint tabular-nums">
              {t(by === 'server' ? 'factsServer' : 'factsBrowser', { width: prediction.width, height: prediction.height, milliseconds: count(prediction.milliseconds) })}
            </p>
          )}
          {prediction !== null && prediction.untuned === null && <p className="text-xs text-muted">{t(comparing ? 'untunedLater' : 'untunedMissing')}</p>}
        </div>
      </div>
      {camera && <CameraDialog text={t(answerer === 'browser' ? 'inBrowserText' : 'onServerText')} onPicture={take} onClose={() => setCamera(false)} />}
    </div>
  );
}
