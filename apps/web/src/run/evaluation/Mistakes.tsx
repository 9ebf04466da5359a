'use client';

import type { Evaluation } from '@thaw/contract/evaluation';
import type { Run } from '@thaw/contract/runs';
import { useTranslations } from 'next-intl';
import { Card } from '../../components/ui/Card.tsx';
import { useFormats } from '../../i18n/useFormats.ts';
import { Picture } from '../Picture.tsx';
import { pictureUrl } from '../usePictures.ts';
import type { CellPlace } from './confusion.ts';

interface MistakesProps {
  run: Run;
  evaluation: Evaluation;
  /** Opens those of the same kind; null: there are no pictures of them. */
  onOpen: ((place: CellPlace) => void) | null;
}

/** The surest of its mistakes: hard pictures, or wrong labels. */
export function Mistakes({ run, evaluation: { mistakes, classes, evaluated }, onOpen }: MistakesProps) {
  const t = useTranslations('evaluation');
  const { percent } = useFormats();
  if (mistakes.length === 0) return null;
  return (
    <Card title={t('mistakes')}>
      <p className="mb-3 text-sm text-muted">{t('mistakesHint')}</p>
      <ul className="grid grid-cols-3 gap-3 sm:grid-cols-5 lg:grid-cols-8">
        {mistakes.slice(0, 24).map(({ index, label, predicted, probability }) => {
          const [actual = '', other = ''] = [classes[label]?.name, classes[predicted]?.name];
          const picture = <Picture src={pictureUrl(run.dataset, evaluated.part, index)} alt={t('pair', { actual, predicted: other })} className="transition-opacity hover:opacity-85" />;
          return (
            <li key={index} className="min-w-0 text-xs">
              {onOpen === null ? (
                picture
              ) : (
                <button type="button" className="block w-full rounded-lg" onClick={() => onOpen({ actual: label, predicted })}>
                  {picture}
                </button>
              )}
              <p className="mt-1 truncate font-medium" title={actual}>
                {actual}
              </p>
              <p className="truncate text-bad" title={other}>
                {other} {percent(Number(probability))}
              </p>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
