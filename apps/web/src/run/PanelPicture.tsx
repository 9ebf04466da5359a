'use client';

import { Check, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { classNames } from '../components/ui/classNames.ts';
import { useFormats } from '../i18n/useFormats.ts';
import { Picture } from './Picture.tsx';

interface PanelPictureProps {
  src: string;
  /** Its class. */
  label: number;
  names: readonly string[];
  /** By class: now, and before any training. */
  now: readonly number[];
  before: readonly number[];
}

const shown = 3;

/** A picture, the likeliest classes now, and how likely each was before any training. */
export function PanelPicture({ src, label, names, now, before }: PanelPictureProps) {
  const t = useTranslations('run.panel');
  const { percent } = useFormats();
  const nameOf = (index: number): string => names[index] ?? t('class', { index });
  const likeliest = now.map((_, index) => index).sort((a, b) => (now[b] ?? 0) - (now[a] ?? 0)).slice(0, shown);
  const right = likeliest[0] === label;
  const Mark = right ? Check : X;
  return (
    <li className="flex flex-col gap-2.5 rounded-xl border border-line bg-surface p-3">
      <Picture src={src} alt={t('picture', { name: nameOf(label) })} />
      <p className="flex items-center gap-1.5 text-sm font-medium">
        <Mark className={classNames('size-4 shrink-0', right ? 'text-good' : 'text-bad')} aria-label={right ? t('isRight') : t('isWrong')} />
        <span className="truncate">{nameOf(label)}</span>
      </p>
      <ul className="flex flex-col gap-1.5 text-xs">
        {likeliest.map((index) => (
          <li key={index}>
            <div className="flex justify-between gap-2">
              <span className={classNames('truncate', index === label ? 'font-medium text-ink' : 'text-muted')}>{nameOf(index)}</span>
              <span className="text-muted tabular-nums">{percent(now[index] ?? 0)}</span>
            </div>
            <div className="relative mt-0.5 h-1 rounded-full bg-active" title={t('before', { probability: percent(before[index] ?? 0) })}>
              <div className={classNames('h-full rounded-full transition-[width] duration-300', index === label ? 'bg-good' : 'bg-faint')} style={{ width: `${(now[index] ?? 0) * 100}%` }} />
              {/* Where it was before any training. */}
              <div className="absolute -top-0.5 h-2 w-0.5 rounded-full bg-ink" style={{ left: `${(before[index] ?? 0) * 100}%` }} />
            </div>
          </li>
        ))}
      </ul>
    </li>
  );
}
