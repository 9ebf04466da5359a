'use client';

import { useTranslations } from 'next-intl';
import { Button } from '../../components/ui/Button.tsx';
import { confusedPairs, countOf, type CellPlace, type ConfusedPair, type Counts } from './confusion.ts';
import { PairList } from './PairList.tsx';

interface ClassMistakesProps {
  index: number;
  names: readonly string[];
  counts: Counts;
  onOpen: ((place: CellPlace) => void) | null;
}

const most = 12;

/** What the images of a class were taken for, and what was taken for it: its row and its column of the matrix. */
export function ClassMistakes({ index, names, counts, onOpen }: ClassMistakesProps) {
  const t = useTranslations('evaluation');
  const pairs = confusedPairs(counts);
  const lists: [title: string, empty: string, pairs: ConfusedPair[], other: 'actual' | 'predicted'][] = [
    [t('takenFor'), t('allRight'), pairs.filter(({ actual }) => actual === index), 'predicted'],
    [t('mistakenForIt'), t('nothingElse'), pairs.filter(({ predicted }) => predicted === index), 'actual'],
  ];
  const own = { actual: index, predicted: index };
  return (
    <div className="flex flex-col gap-4">
      {onOpen !== null && countOf(counts, own) > 0 && (
        <Button size="small" className="w-fit" onClick={() => onOpen(own)}>
          {t('seeRight')}
        </Button>
      )}
      <div className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
        {lists.map(([title, empty, found, other]) => (
          <section key={other}>
            <h3 className="mb-1 px-2 text-xs font-medium text-faint">{title}</h3>
            {found.length === 0 ? <p className="px-2 text-sm text-muted">{empty}</p> : <PairList pairs={found.slice(0, most)} nameOf={(pair) => names[pair[other]] ?? ''} onOpen={onOpen} />}
          </section>
        ))}
      </div>
      {onOpen === null && <p className="text-xs text-muted">{t('noPictures')}</p>}
    </div>
  );
}
