'use client';

import type { EvaluatedPicture } from '@thaw/contract/evaluationPictures';
import { useTranslations } from 'next-intl';
import { usePages } from '../../api/useList.ts';
import { useProblemSentence } from '../../api/useProblemSentence.ts';
import { MoreButton } from '../../components/ui/MoreButton.tsx';
import { Notice } from '../../components/ui/Notice.tsx';
import { useFormats } from '../../i18n/useFormats.ts';
import { Picture } from '../Picture.tsx';
import type { CellPlace } from './confusion.ts';

const pageSize = 24;
const grid = 'grid grid-cols-3 gap-3 sm:grid-cols-6';

interface CellPicturesProps {
  run: string;
  place: CellPlace;
  names: readonly string[];
  /** How many there are. */
  images: number;
}

/** Pictures of a class that were taken for a class, the surest first, page by page. */
export function CellPictures({ run, place, names, images }: CellPicturesProps) {
  const t = useTranslations('evaluation');
  const sentence = useProblemSentence();
  const { percent } = useFormats();
  const { actual, predicted } = place;
  const pages = usePages<EvaluatedPicture>(`/v1/runs/${run}/evaluation/pictures`, { actual: String(actual), predicted: String(predicted) }, pageSize);
  const { items, error } = pages;
  const [own = '', other = ''] = [names[actual], names[predicted]];
  if (error !== null && items === undefined) return <Notice tone="bad">{sentence(error)}</Notice>;
  // As many places as there will be pictures, so that nothing moves when they come.
  const places = Array.from({ length: items?.length ?? Math.min(images, pageSize) }, (_, index) => items?.[index]);
  return (
    <>
      <ul className={grid} aria-busy={items === undefined}>
        {places.map((item, index) => (
          <li key={index} className="min-w-0 text-xs tabular-nums">
            {item === undefined ? (
              <div className="aspect-square w-full animate-pulse rounded-lg bg-hover" />
            ) : (
              <a href={`/api${item.image}`} target="_blank" rel="noreferrer" className="block rounded-lg">
                <Picture src={`/api${item.thumbnail}`} alt={t('pictureOf', { name: own, number: item.row })} className="transition-opacity hover:opacity-85" />
              </a>
            )}
            <p className={actual === predicted ? 'mt-1 truncate text-muted' : 'mt-1 truncate text-bad'} title={other}>
              {item === undefined ? '\u00a0' : `${percent(Number(item.probability))} ${other}`}
            </p>
            {actual !== predicted && (
              <p className="truncate text-faint" title={own}>
                {item === undefined ? '\u00a0' : `${percent(Number(item.labelProbability))} ${own}`}
              </p>
            )}
          </li>
        ))}
      </ul>
      <MoreButton of={pages} />
      {error !== null && items !== undefined && <Notice tone="bad">{sentence(error)}</Notice>}
    </>
  );
}
