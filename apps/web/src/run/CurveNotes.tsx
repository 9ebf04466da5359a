'use client';

import { Lightbulb } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Card } from '../components/ui/Card.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useRun } from '../live/useRun.ts';
import { curveNotes, type CurveNote } from './curveNotes.ts';

/** Short notes that say what one sees in the curves, and why. */
export function CurveNotes() {
  const t = useTranslations('run.notes');
  const { percent, rate, count } = useFormats();
  const { model } = useRun();
  const { run, epochs, iterations } = model;
  if (run === null) return null;
  const words = (note: CurveNote): string => {
    switch (note.kind) {
      case 'untuned':
        return t('untuned', { accuracy: percent(note.accuracy) });
      case 'jump':
        return t('jump', { epoch: count(note.epoch), before: percent(note.before), after: percent(note.after) });
      case 'trainBelow':
        return t('trainBelow', { train: percent(note.train), held: percent(note.held) });
      case 'rateCut':
        return t('rateCut', { epoch: count(note.epoch), times: note.times, rate: rate(note.rate) });
      case 'overfitting':
        return t('overfitting', { epoch: count(note.epoch) });
      case 'nonFinite':
        return t('nonFinite', { count: note.count });
    }
  };
  const notes = curveNotes(epochs, run.spec, iterations.nonFinite.size);
  if (notes.length === 0) return null;
  return (
    <Card title={t('title')}>
      <ul className="flex flex-col gap-2.5 text-sm text-muted">
        {notes.map((note) => (
          <li key={note.kind} className="flex gap-2.5">
            <Lightbulb className="mt-0.5 size-4 shrink-0 text-thaw" aria-hidden />
            <span>{words(note)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
