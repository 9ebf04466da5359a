'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { toast } from '../components/ui/toast.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Slider } from '../components/ui/Slider.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import type { PanelOfEpoch } from '../live/RunModel.ts';
import { useRun } from '../live/useRun.ts';
import { PanelPicture } from './PanelPicture.tsx';
import { pictureUrl, useClassNames } from './usePictures.ts';

/** The same few pictures, and what the network says of them: before any training, and after each epoch. */
export function PanelTab() {
  const t = useTranslations('run.panel');
  const sentence = useProblemSentence();
  const { count } = useFormats();
  const store = useRun();
  const { panels, run } = store.model;
  const names = useClassNames(run);
  // null: the newest, whichever that is.
  const [chosen, setChosen] = useState<number | null>(null);
  useEffect(() => {
    store.loadPanels().catch((error: unknown) => toast.error(sentence(error)));
  }, [store, sentence]);

  const place = chosen === null ? panels.length - 1 : Math.min(chosen, panels.length - 1);
  const now = panels[place];
  const before = panels[0];
  if (run === null || now === undefined || before === undefined) return <p className="py-16 text-center text-sm text-muted">{t('empty')}</p>;
  const title = now.epoch === 0 ? t('untuned') : t('afterEpoch', { epoch: count(now.epoch) });
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <span className="w-56 text-sm font-medium">{title}</span>
        <div className="min-w-48 flex-1">
          <Slider
            value={place}
            min={0}
            max={Math.max(1, panels.length - 1)}
            onChange={(next) => setChosen(next >= panels.length - 1 ? null : next)}
            label={t('slider')}
            valueText={title}
          />
        </div>
        <span className="text-sm text-muted tabular-nums">{t('right', { right: rightOf(now), all: now.images.length })}</span>
      </div>
      <ul className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-4">
        {now.images.map(({ index, label, probabilities }) => (
          <PanelPicture
            key={index}
            src={pictureUrl(run.dataset, 'test', index)}
            label={label}
            names={names}
            now={probabilities.map(Number)}
            before={before.images.find((image) => image.index === index)?.probabilities.map(Number) ?? []}
          />
        ))}
      </ul>
    </div>
  );
}

const rightOf = ({ images }: PanelOfEpoch): number => images.filter(({ label, probabilities }) => probabilities.every((value) => Number(value) <= Number(probabilities[label]))).length;
