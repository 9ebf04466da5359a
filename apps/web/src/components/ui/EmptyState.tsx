import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  icon: LucideIcon;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  /** Level of its heading: 1 where it is all of the page. */
  level?: 1 | 2;
}

/** Where there is nothing yet: what would be here, and how it comes here. */
export function EmptyState({ icon: Icon, title, children, actions, level = 2 }: EmptyStateProps) {
  const Heading = `h${level}` as const;
  return (
    <div className="flex flex-col items-center gap-1 px-6 py-16 text-center">
      <div className="mb-3 flex size-10 items-center justify-center rounded-full bg-hover text-muted">
        <Icon className="size-5" aria-hidden />
      </div>
      <Heading className="text-base font-semibold">{title}</Heading>
      {children !== undefined && <div className="max-w-md text-sm text-muted">{children}</div>}
      {actions !== undefined && <div className="mt-4 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
