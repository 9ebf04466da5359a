'use client';

import dynamic from 'next/dynamic';
import { useEffect, useState } from 'react';
import { onPalette, type PalettePart } from './paletteEvent.ts';

const Palette = dynamic(() => import('./Palette.tsx').then((module) => module.Palette), { ssr: false });
const Shortcuts = dynamic(() => import('./Shortcuts.tsx').then((module) => module.Shortcuts), { ssr: false });

/** Listens for the keys; what they open is loaded the first time. */
export function LazyPalette() {
  const [open, setOpen] = useState<PalettePart | null>(null);
  useEffect(() => onPalette(setOpen), []);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const part = partOf(event);
      if (part === null || event.defaultPrevented) return;
      event.preventDefault();
      setOpen((now) => (now === part ? null : part));
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  const close = (): void => setOpen(null);
  if (open === null) return null;
  return open === 'commands' ? <Palette onClose={close} /> : <Shortcuts onClose={close} />;
}

function partOf({ key, ctrlKey, metaKey, altKey, shiftKey, isComposing, target }: KeyboardEvent): PalettePart | null {
  if (isComposing || altKey) return null;
  if ((ctrlKey || metaKey) && !shiftKey) return key.toLowerCase() === 'k' ? 'commands' : null;
  const typing = target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));
  return key === '?' && !typing && !ctrlKey && !metaKey ? 'shortcuts' : null;
}
