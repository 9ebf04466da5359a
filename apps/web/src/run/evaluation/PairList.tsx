'use client';

import { useTranslations } from 'next-intl';
import { useFormats } from '../../i18n/useFormats.ts';
import type { CellPlace, ConfusedPair } from './confusion.ts';

interface PairListProps {
  pairs: readonly ConfusedPair[];
  /** What a pair is called here. */
  nameOf: (pair: ConfusedPair) => string;
  /** Null: there are no pictures to show. */
  onOpen: ((place: CellPlace) => void) | null;
}

/** Pairs of classes with how many images they are, each a way to its pictures. */
export function PairList({ pairs, nameOf, onOpen }: PairListProps) {
  const t = useTranslations('evaluation');
  const { percent } = useFormats();
  const most = pairs.reduce((largest, { images }) => Math.max(largest, images), 1);
  return (
    <ul className="flex flex-col">
      {pairs.map((pair) => {
        const { actual, predicted, images, part } = pair;
        const content = (
          <>
            <span className="flex justify-between gap-3">
              <span className="min-w-0 truncate">{nameOf(pair)}</span>
              <span className="shrink-0 text-muted tabular-nums">
                {t('images', { images })} · {percent(part)}
              </span>
            </span>
            <span aria-hidden className="mt-1 block h-1 rounded-full bg-active">
              <span className="block h-full rounded-full bg-bad" style={{ width: `${(100 * images) / most}%` }} />
            </span>
          </>
        );
        return (
          <li key={`${actual}-${predicted}`}>
            {onOpen === null ? (
              <div className="px-2 py-1.5 text-sm">{content}</div>
            ) : (
              <button type="button" className="w-full rounded-md px-2 py-1.5 text-left text-sm hover:bg-hover" onClick={() => onOpen({ actual, predicted })}>
                {content}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
