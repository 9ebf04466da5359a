'use client';

import { useSyncExternalStore, type ReactNode } from 'react';

/** A key of the keyboard. */
export const Key = ({ children }: { children: ReactNode }) => (
  <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line bg-surface px-1 font-sans text-xs text-muted">{children}</kbd>
);

/** Ctrl, or what stands for it on a Mac. */
export function CommandKey() {
  const mac = useSyncExternalStore(
    () => () => undefined,
    () => /mac|iphone|ipad/i.test(navigator.userAgent),
    () => false,
  );
  return <Key>{mac ? '⌘' : 'Ctrl'}</Key>;
}
