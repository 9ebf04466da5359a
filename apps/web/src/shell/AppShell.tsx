'use client';

import { Menu as MenuIcon } from 'lucide-react';
import { useTranslations } from 'next-intl';
import dynamic from 'next/dynamic';
import Link from 'next/link';
import { useRef, useState, type ReactNode } from 'react';
import { Logo } from './Logo.tsx';
import { Sidebar } from './Sidebar.tsx';

const Drawer = dynamic(() => import('./Drawer.tsx').then((module) => module.Drawer));

/** Sidebar and page; on a phone a bar on top whose button opens the sidebar. */
export function AppShell({ children }: { children: ReactNode }) {
  const t = useTranslations('shell');
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <div className="flex min-h-dvh flex-col md:flex-row">
      <a href="#main" className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        {t('skip')}
      </a>
      <aside className="sticky top-0 hidden h-dvh w-56 shrink-0 border-r border-line bg-canvas md:block">
        <Sidebar onNavigate={() => undefined} />
      </aside>
      <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-line bg-canvas px-3 md:hidden">
        <button ref={button} type="button" aria-label={t('openMenu')} aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(true)} className="rounded-md p-2 text-muted hover:bg-hover">
          <MenuIcon className="size-5" aria-hidden />
        </button>
        {open && <Drawer onClose={() => setOpen(false)} onClosed={() => button.current?.focus()} />}
        <Link href="/runs" className="flex items-center gap-2 font-semibold">
          <Logo className="size-5" />
          Thaw
        </Link>
      </header>
      <main id="main" tabIndex={-1} className="min-w-0 flex-1 outline-none">
        {children}
      </main>
    </div>
  );
}
