'use client';

import { Search, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { Input } from '../components/ui/Field.tsx';
import { Select } from '../components/ui/Select.tsx';
import { presetNames } from './presetNames.ts';
import { statusGroups, type RunFilter, type StatusGroup } from './runFilter.ts';

interface RunFilterBarProps {
  filter: RunFilter;
  onChange: (filter: RunFilter) => void;
}

const groups = Object.keys(statusGroups) as StatusGroup[];

/** Milliseconds after the last key before it is searched. */
const pause = 200;

export function RunFilterBar({ filter, onChange }: RunFilterBarProps) {
  const t = useTranslations('runs.filter');
  const [search, setSearch] = useState(filter.search);
  const latest = useRef({ filter, onChange });
  useEffect(() => void (latest.current = { filter, onChange }));
  useEffect(() => {
    const timer = setTimeout(() => search !== latest.current.filter.search && latest.current.onChange({ ...latest.current.filter, search }), pause);
    return () => clearTimeout(timer);
  }, [search]);
  // Where the filter is cleared elsewhere.
  useEffect(() => setSearch(filter.search), [filter.search]);

  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <div className="relative w-full sm:w-64">
        <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
        <Input type="search" aria-label={t('search')} placeholder={t('search')} value={search} onChange={(event) => setSearch(event.target.value)} className="pl-8" maxLength={200} />
      </div>
      <Select
        aria-label={t('status')}
        value={filter.status ?? 'all'}
        onChange={(status) => onChange({ ...filter, status: status === 'all' ? null : status })}
        options={[{ value: 'all', label: t('anyStatus') }, ...groups.map((value) => ({ value, label: t(`groups.${value}`) }))]}
      />
      <Select
        aria-label={t('preset')}
        value={filter.preset ?? 'all'}
        onChange={(preset) => onChange({ ...filter, preset: preset === 'all' ? null : preset })}
        options={[{ value: 'all', label: t('anyPreset') }, ...presetNames.map((value) => ({ value, label: value }))]}
      />
      {filter.tags.map((tag) => (
        <button
          key={tag}
          type="button"
          aria-label={t('removeTag', { tag })}
          onClick={() => onChange({ ...filter, tags: filter.tags.filter((one) => one !== tag) })}
          className="inline-flex h-6 items-center gap-1 rounded-md bg-accent-soft px-2 text-xs font-medium text-accent-strong"
        >
          {tag}
          <X className="size-3" aria-hidden />
        </button>
      ))}
    </div>
  );
}
