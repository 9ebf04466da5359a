import type { ReactNode } from 'react';
import { Logo } from '../../shell/Logo.tsx';
import { LanguageLinks } from '../../shell/LanguageLinks.tsx';

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col items-center justify-center gap-6 px-4 py-10">
      <header className="flex items-center gap-2 text-xl font-semibold tracking-tight">
        <Logo className="size-7" />
        Thaw
      </header>
      <main className="w-full max-w-sm rounded-xl border border-line bg-surface p-6">{children}</main>
      <footer>
        <LanguageLinks />
      </footer>
    </div>
  );
}
