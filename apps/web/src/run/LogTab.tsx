'use client';

import type { TrainerEvent } from '@thaw/contract/events';
import { useTranslations } from 'next-intl';
import { useDeferredValue, useMemo, useState } from 'react';
import { classNames } from '../components/ui/classNames.ts';
import { Input } from '../components/ui/Field.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useRun } from '../live/useRun.ts';

const tones = { info: 'text-ink', warning: 'text-warn', error: 'text-bad' } as const;
const shownAtMost = 2000;

/** What the run said, newest last, and a search in it. */
export function LogTab() {
  const t = useTranslations('run.log');
  const formats = useFormats();
  const { model, version } = useRun();
  const [search, setSearch] = useState('');
  const wanted = useDeferredValue(search.trim().toLowerCase());
  const lines = useMemo(() => {
    const words = (event: TrainerEvent): string => {
      switch (event.type) {
        case 'started':
          return t('started', { engine: event.engine, device: event.device.name, step: formats.count(event.step) });
        case 'phase':
          return t(`phase.${event.phase}`, { epoch: event.epoch, parameters: formats.count(event.trainableParameters), rate: formats.rate(event.learningRate) });
        case 'checkpoint':
          return event.best ? t('bestCheckpoint', { epoch: event.epoch }) : t('checkpoint', { epoch: event.epoch });
        case 'finished':
          return t(`finished.${event.status}`, { duration: formats.duration(event.seconds) });
        case 'log':
          return event.message;
        default:
          return '';
      }
    };
    return model.log.map(({ attempt, at, event }) => ({ attempt, at, level: event.type === 'log' ? event.level : ('info' as const), step: event.step, text: words(event) }));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the log is the same list while it grows: `version` says that it did
  }, [model, version, t, formats]);
  const found = lines.filter(({ text }) => text.toLowerCase().includes(wanted));
  return (
    <div className="flex flex-col gap-3">
      <Input type="search" aria-label={t('search')} placeholder={t('search')} value={search} onChange={(event) => setSearch(event.target.value)} className="max-w-sm" />
      {found.length === 0 ? (
        <p className="py-10 text-center text-sm text-muted">{lines.length === 0 ? t('empty') : t('noMatch')}</p>
      ) : (
        <ol aria-label={t('label')} tabIndex={0} className="max-h-[32rem] overflow-auto rounded-lg border border-line bg-surface py-2 font-mono text-xs">
          {found.slice(-shownAtMost).map((line, i) => (
            <li key={i} className="grid grid-cols-[auto_auto_1fr] gap-3 px-3 py-0.5 hover:bg-hover">
              <time className="text-faint tabular-nums" dateTime={line.at ?? undefined} suppressHydrationWarning>
                {line.at === null ? t('now') : formats.clock(line.at)}
              </time>
              <span className="w-20 text-right text-faint tabular-nums">{t('step', { step: formats.count(line.step) })}</span>
              <span className={classNames('break-words whitespace-pre-wrap', tones[line.level])}>{line.text}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
