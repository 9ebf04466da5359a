'use client';

import type { Evaluation } from '@thaw/contract/evaluation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { useFormats } from '../i18n/useFormats.ts';

const columns = ['support', 'precision', 'recall', 'f1'] as const;
type Column = (typeof columns)[number];

/** Figures of each class; the weakest first, or by another column. */
export function ClassTable({ classes }: { classes: Evaluation['classes'] }) {
  const t = useTranslations('run.evaluation');
  const { percent, count } = useFormats();
  const [sort, setSort] = useState<{ by: Column | 'name'; down: boolean }>({ by: 'f1', down: false });
  const sorted = [...classes].sort((a, b) => {
    const order = sort.by === 'name' ? a.name.localeCompare(b.name) : (a[sort.by] ?? -1) - (b[sort.by] ?? -1);
    return sort.down ? -order : order;
  });
  const head = (by: Column | 'name') => (
    <HeadCell key={by} className={by === 'name' ? undefined : 'text-right'} aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" className="hover:text-ink" onClick={() => setSort({ by, down: sort.by === by ? !sort.down : false })}>
        {t(`columns.${by}`)}
        {sort.by === by && <span aria-hidden>{sort.down ? ' ↓' : ' ↑'}</span>}
      </button>
    </HeadCell>
  );
  return (
    <Table>
      <thead>
        <tr>{[head('name'), ...columns.map(head)]}</tr>
      </thead>
      <tbody>
        {sorted.map((one) => (
          <tr key={one.name}>
            <Cell className="font-medium">{one.name}</Cell>
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
  );
}
