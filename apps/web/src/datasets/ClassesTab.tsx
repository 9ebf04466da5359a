'use client';

import type { DatasetVersion } from '@thaw/contract/datasets';
import { Combine } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/ui/Button.tsx';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { MergeDialog } from './MergeDialog.tsx';
import { usePlace } from './usePlace.ts';

const fills = { train: 'bg-[var(--series-1)]', val: 'bg-[var(--series-3)]', test: 'bg-[var(--series-2)]' } as const;

/** The classes with how many images they have in each part: seen at once whether one is short of them. */
export function ClassesTab({ version, editable }: { version: DatasetVersion; editable: boolean }) {
  const t = useTranslations('datasets.classes');
  const parts = useTranslations('datasets.splits');
  const format = useFormats();
  const [, go] = usePlace();
  const [merging, setMerging] = useState<string | null>(null);
  const most = Math.max(1, ...version.classes.map(({ count }) => count));
  const mayMerge = editable && version.classes.length > 2;
  return (
    <>
      <Table aria-label={t('label')}>
        <thead>
          <tr>
            <HeadCell>{t('name')}</HeadCell>
            <HeadCell className="w-full min-w-32">
              <span className="flex flex-wrap gap-x-3">
                {version.splits.map(({ split }) => (
                  <span key={split} className="inline-flex items-center gap-1.5">
                    <span aria-hidden className={`size-2 rounded-sm ${fills[split]}`} />
                    {parts(split)}
                  </span>
                ))}
              </span>
            </HeadCell>
            {version.splits.map(({ split }) => (
              <HeadCell key={split} className="text-right">
                {parts(split)}
              </HeadCell>
            ))}
            <HeadCell className="text-right">{t('all')}</HeadCell>
            {mayMerge && (
              <HeadCell>
                <span className="sr-only">{t('actions')}</span>
              </HeadCell>
            )}
          </tr>
        </thead>
        <tbody>
          {version.classes.map(({ name, count }, index) => (
            <tr key={name} className="hover:bg-hover">
              <Cell className="max-w-60">
                <button type="button" className="max-w-full truncate rounded text-left font-medium hover:text-accent" onClick={() => go({ tab: null, class: name, split: null, issue: null })}>
                  {name}
                </button>
              </Cell>
              <Cell>
                <div aria-hidden className="flex h-2 overflow-hidden rounded-sm bg-hover">
                  {version.splits.map(({ split, classCounts }) => (
                    <div key={split} className={fills[split]} style={{ width: `${(100 * (classCounts[index] ?? 0)) / most}%` }} />
                  ))}
                </div>
              </Cell>
              {version.splits.map(({ split, classCounts }) => (
                <Cell key={split} className="text-right text-muted tabular-nums">
                  {format.count(classCounts[index] ?? 0)}
                </Cell>
              ))}
              <Cell className="text-right tabular-nums">{format.count(count)}</Cell>
              {mayMerge && (
                <Cell className="py-0.5 text-right">
                  <Button size="icon" look="quiet" aria-label={t('merge', { name })} title={t('merge', { name })} onClick={() => setMerging(name)}>
                    <Combine aria-hidden />
                  </Button>
                </Cell>
              )}
            </tr>
          ))}
        </tbody>
      </Table>
      {merging !== null && <MergeDialog version={version} from={merging} onClose={() => setMerging(null)} />}
    </>
  );
}
