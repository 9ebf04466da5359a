'use client';

import type { Evaluation } from '@thaw/contract/evaluation';
import type { Run } from '@thaw/contract/runs';
import { useTranslations } from 'next-intl';
import { Card } from '../components/ui/Card.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { Picture } from './Picture.tsx';
import { pictureUrl } from './usePictures.ts';

/** The surest of its mistakes: hard pictures, or wrong labels. */
export function Mistakes({ run, evaluation: { mistakes, classes, evaluated } }: { run: Run; evaluation: Evaluation }) {
  const t = useTranslations('run.evaluation');
  const { percent } = useFormats();
  const nameOf = (index: number): string => classes[index]?.name ?? '';
  if (mistakes.length === 0) return null;
  return (
    <Card title={t('mistakes')}>
      <p className="mb-3 text-sm text-muted">{t('mistakesHint')}</p>
      <ul className="grid grid-cols-3 gap-3 sm:grid-cols-5 lg:grid-cols-8">
        {mistakes.slice(0, 24).map(({ index, label, predicted, probability }) => (
          <li key={index} className="min-w-0 text-xs">
            <Picture src={pictureUrl(run.dataset, evaluated.part, index)} alt={t('mistake', { actual: nameOf(label), predicted: nameOf(predicted) })} />
            <p className="mt-1 truncate font-medium" title={nameOf(label)}>
              {nameOf(label)}
            </p>
            <p className="truncate text-bad" title={nameOf(predicted)}>
              {nameOf(predicted)} {percent(Number(probability))}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
