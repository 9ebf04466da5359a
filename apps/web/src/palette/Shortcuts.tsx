'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Dialog } from '../components/ui/Dialog.tsx';
import { CommandKey, Key } from './Key.tsx';

/** The keys that do something everywhere, and those of parts of pages. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const t = useTranslations('palette');
  const rows: [string, ReactNode][] = [
    [t('keys.palette'), <><CommandKey /><Key>K</Key></>],
    [t('keys.shortcuts'), <Key>?</Key>],
    [t('keys.choose'), <><Key>↑</Key><Key>↓</Key><Key>Enter</Key></>],
    [t('keys.close'), <Key>Esc</Key>],
    [t('keys.slider'), <><Key>←</Key><Key>→</Key></>],
    [t('keys.paste'), <><CommandKey /><Key>V</Key></>],
  ];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('shortcuts')}>
      <dl className="flex flex-col gap-2 text-sm">
        {rows.map(([words, keys]) => (
          <div key={words} className="flex items-center justify-between gap-4">
            <dt className="text-muted">{words}</dt>
            <dd className="flex shrink-0 gap-1">{keys}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
