'use client';

import type { RunComparison } from '@thaw/contract/runComparison';
import { useTranslations } from 'next-intl';
import { classNames } from '../components/ui/classNames.ts';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { LineSwatch } from '../charts/LineSwatch.tsx';
import { lineLook } from './lineLooks.ts';
import { settingText } from './settingText.ts';

/** The settings that are not the same in all runs; what differs from the first run is highlighted. */
export function SettingsTable({ runs, settings }: RunComparison) {
  const t = useTranslations('compare');
  if (settings.length === 0) return <p className="text-sm text-muted">{t('sameSettings')}</p>;
  const [first] = runs;
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm text-muted">{t('settingsHint')}</p>
      <Table>
        <thead>
          <tr>
            <HeadCell className="sticky left-0 bg-surface">{t('setting')}</HeadCell>
            {runs.map(({ id, name }, place) => (
              <HeadCell key={id}>
                <span className="flex items-center gap-2">
                  <LineSwatch {...lineLook(place)} />
                  <span className="max-w-40 truncate">{name}</span>
                </span>
              </HeadCell>
            ))}
          </tr>
        </thead>
        <tbody>
          {settings.map(({ path, values }) => {
            const reference = first && settingText(values[first.id]);
            return (
              <tr key={path}>
                <th scope="row" className="sticky left-0 border-b border-line bg-surface px-3 py-2 text-left font-mono text-xs font-normal whitespace-nowrap text-muted [tr:last-child>&]:border-b-0">
                  {path}
                </th>
                {runs.map(({ id }) => {
                  const text = settingText(values[id]);
                  const other = text !== reference;
                  return (
                    <Cell key={id} className="max-w-56">
                      <span className={classNames('inline-block max-w-full truncate rounded px-1.5 py-0.5 align-bottom font-mono text-xs', other ? 'bg-warn-soft font-semibold text-ink' : 'text-muted')} title={text}>
                        {text}
                      </span>
                    </Cell>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </Table>
    </div>
  );
}
