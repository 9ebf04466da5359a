'use client';

import type { Evaluation } from '@thaw/contract/evaluation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../../components/ui/Button.tsx';
import { Cell, HeadCell, Table } from '../../components/ui/Table.tsx';
import { useFormats } from '../../i18n/useFormats.ts';

const columns = ['support', 'precision', 'recall', 'f1'] as const;
type Column = (typeof columns)[number];

const few = 20;

/** Figures of each class; the weakest first, or by another column. Of many classes it begins with some. @param onOpen gets its place */
export function ClassTable({ classes, onOpen }: { classes: Evaluation['classes']; onOpen: (index: number) => void }) {
  const t = useTranslations('evaluation');
  const { percent, count } = useFormats();
  const [sort, setSort] = useState<{ by: Column | 'name'; down: boolean }>({ by: 'f1', down: false });
  const [all, setAll] = useState(classes.length <= few + 5);
  const sorted = classes.map((one, index) => ({ ...one, index })).sort((a, b) => {
    const order = sort.by === 'name' ? a.name.localeCompare(b.name) : (a[sort.by] ?? -1) - (b[sort.by] ?? -1);
    return sort.down ? -order : order;
  });
  const head = (by: Column | 'name') => (
    <HeadCell key={by} className={by === 'name' ? undefined : 'text-right'} aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" className="hover:text-ink" onClick={() => setSort({ by, down: sort.by === by ? !sort.down : by === 'support' })}>
        {t(`columns.${by}`)}
        {sort.by === by && <span aria-hidden>{sort.down ? ' ↓' : ' ↑'}</span>}
      </button>
    </HeadCell>
  );
  return (
    <div>
      <Table>
        <thead>
          <tr>{[head('name'), ...columns.map(head)]}</tr>
        </thead>
        <tbody>
          {(all ? sorted : sorted.slice(0, few)).map((one) => (
            <tr key={one.name}>
              <Cell className="font-medium">
                <button type="button" className="text-left underline decoration-line-strong underline-offset-4 hover:decoration-current" onClick={() => onOpen(one.index)}>
                  {one.name}
                </button>
              </Cell>
              {columns.map((by) => {
                const value = one[by];
                return (
                  <Cell key={by} className="text-right tabular-nums">
                    {value === null ? '–' : by === 'support' ? count(value) : percent(value)}
                  </Cell>
                );
              })}
            </tr>
          ))}
        </tbody>
      </Table>
      {!all && (
        <Button size="small" className="mt-3" onClick={() => setAll(true)}>
          {t('allClasses', { classes: classes.length })}
        </Button>
      )}
    </div>
  );
}
