import type { ReactNode } from 'react';
import { classNames } from '../components/ui/classNames.ts';

interface PageProps {
  title: ReactNode;
  /** In small letters above the title: where one is. */
  above?: ReactNode;
  /** Below the title. */
  description?: ReactNode;
  actions?: ReactNode;
  /** Fills the height of the window; what is inside scrolls by itself. */
  fill?: boolean;
  children: ReactNode;
}

/** The frame of every page: its title, what can be done, its content. */
export function Page({ title, above, description, actions, fill = false, children }: PageProps) {
  return (
    <div className={classNames('mx-auto flex w-full max-w-7xl flex-col px-4 pt-5 sm:px-6', fill ? 'h-[calc(100dvh-3rem)] md:h-dvh' : 'pb-8')}>
      <header className="mb-5 flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0">
          {above !== undefined && <div className="mb-1 text-xs text-faint">{above}</div>}
          <h1 className="text-xl font-semibold tracking-tight break-words">{title}</h1>
          {description !== undefined && <div className="mt-1 text-sm text-muted">{description}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
