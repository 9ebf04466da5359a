'use client';

import type { RunComparison } from '@thaw/contract/runComparison';
import { useTranslations } from 'next-intl';
import { Card } from '../components/ui/Card.tsx';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { colorOf } from './runColors.ts';

/** The settings that are not the same in all, by their names in the recipe. */
export function SettingsTable({ runs, settings }: RunComparison) {
  const t = useTranslations('compare.settings');
  if (settings.length === 0) return <Card title={t('title')}>{t('none')}</Card>;
  return (
    <section className="flex flex-col gap-3">
      <h2 className="text-sm font-semibold">{t('title')}</h2>
      <Table>
        <thead>
          <tr>
            <HeadCell>{t('setting')}</HeadCell>
            {runs.map(({ id, name }, i) => (
              <HeadCell key={id}>
                <span className="flex items-center gap-1.5">
                  <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: `var(${colorOf(i)})` }} />
                  <span className="max-w-40 truncate" title={name}>
                    {name}
                  </span>
                </span>
              </HeadCell>
            ))}
          </tr>
        </thead>
        <tbody>
          {settings.map(({ path, values }) => (
            <tr key={path}>
              <Cell className="font-mono text-xs text-muted">{path}</Cell>
              {runs.map(({ id }) => (
                <Cell key={id} className="max-w-56 font-mono text-xs break-words">
                  {Object.hasOwn(values, id) ? textOf(values[id]) : <span className="text-faint">–</span>}
                </Cell>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
