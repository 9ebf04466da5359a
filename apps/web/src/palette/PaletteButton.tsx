'use client';

import { Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { CommandKey, Key } from './Key.tsx';
import { openPalette } from './paletteEvent.ts';

/** Opens search and commands. @param onOpen closes what it stands in */
export function PaletteButton({ onOpen }: { onOpen: () => void }) {
  const t = useTranslations('palette');
  return (
    <button
      type="button"
      aria-keyshortcuts="Control+K Meta+K"
      className="flex h-8 shrink-0 items-center gap-2.5 rounded-md border border-line px-2 text-sm text-muted transition-colors hover:bg-hover hover:text-ink"
      onClick={() => {
        onOpen();
        openPalette('commands');
      }}
    >
      <Search className="size-4 shrink-0" aria-hidden />
      {t('open')}
      <span className="ml-auto flex gap-0.5 max-md:hidden" aria-hidden>
        <CommandKey />
        <Key>K</Key>
      </span>
    </button>
  );
}
