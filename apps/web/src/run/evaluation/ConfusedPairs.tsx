'use client';

import { useTranslations } from 'next-intl';
import { useDeferredValue, useMemo, useState } from 'react';
import { Button } from '../../components/ui/Button.tsx';
import { Input } from '../../components/ui/Field.tsx';
import { confusedPairs, type CellPlace, type Counts } from './confusion.ts';
import { PairList } from './PairList.tsx';

interface ConfusedPairsProps {
  names: readonly string[];
  counts: Counts;
  onOpen: ((place: CellPlace) => void) | null;
}

const pageSize = 20;

/** Of so many classes that no matrix could be read: which ones are confused most. */
export function ConfusedPairs({ names, counts, onOpen }: ConfusedPairsProps) {
  const t = useTranslations('evaluation');
  const [search, setSearch] = useState('');
  const [pages, setPages] = useState(1);
  const wanted = useDeferredValue(search.trim().toLocaleLowerCase());
  const pairs = useMemo(() => confusedPairs(counts), [counts]);
  const found = useMemo(() => {
    const fits = names.map((name) => name.toLocaleLowerCase().includes(wanted));
    return pairs.filter(({ actual, predicted }) => fits[actual] === true || fits[predicted] === true);
  }, [pairs, names, wanted]);
  return (
    <div className="flex flex-col gap-3">
      <p className="text-xs text-muted">{t('pairsHint', { classes: names.length })}</p>
      <Input
        type="search"
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
          setPages(1);
        }}
        placeholder={t('searchClass')}
        aria-label={t('searchClass')}
        className="sm:max-w-72"
      />
      <PairList pairs={found.slice(0, pages * pageSize)} nameOf={({ actual, predicted }) => t('pair', { actual: names[actual] ?? '', predicted: names[predicted] ?? '' })} onOpen={onOpen} />
      {found.length === 0 && <p className="text-sm text-muted">{t(pairs.length === 0 ? 'noneConfused' : 'noSuchPair')}</p>}
      {found.length > pages * pageSize && (
        <Button size="small" className="w-fit" onClick={() => setPages(pages + 1)}>
          {t('morePairs')}
        </Button>
      )}
    </div>
  );
}
