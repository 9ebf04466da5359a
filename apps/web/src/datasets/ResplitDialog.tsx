'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { Field, Input } from '../components/ui/Field.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Slider } from '../components/ui/Slider.tsx';
import { useNewVersion } from './useNewVersion.ts';

interface ResplitDialogProps {
  dataset: string;
  from: number;
  open: boolean;
  onClose: () => void;
}

/** Draws train and test anew. */
export function ResplitDialog({ dataset, from, open, onClose }: ResplitDialogProps) {
  const t = useTranslations('datasets.resplit');
  const sentence = useProblemSentence();
  const [share, setShare] = useState(20);
  const [seed, setSeed] = useState('0');
  const make = useNewVersion(dataset, onClose);
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t('title')}
      description={t('text')}
      actions={
        <>
          <Button onClick={onClose}>{t('leave')}</Button>
          <Button look="primary" busy={make.isPending} onClick={() => make.mutate({ from, edits: { resplit: { testFraction: share / 100, seed: Number(seed) } } })}>
            {t('make')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {make.error !== null && (
          <Notice tone="bad" alert>
            {sentence(make.error)}
          </Notice>
        )}
        <div className="flex flex-col gap-1.5">
          <div className="flex items-baseline justify-between text-sm">
            <span className="font-medium">{t('share')}</span>
            <span className="text-muted tabular-nums">{share}%</span>
          </div>
          <Slider label={t('share')} value={share} onChange={setShare} min={5} max={50} valueText={`${share}%`} />
        </div>
        <Field label={t('seed')} hint={t('seedHint')}>
          {(props) => <Input {...props} value={seed} onChange={(event) => setSeed(event.target.value.replace(/\D/g, ''))} inputMode="numeric" className="max-w-40" />}
        </Field>
      </div>
    </Dialog>
  );
}
