import { Plus, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './Button.tsx';
import { EmptyState } from './EmptyState.tsx';

interface OwnListProps {
  icon: LucideIcon;
  /** Said where there is none yet. */
  emptyTitle: string;
  /** What such things are for. */
  text: string;
  /** What the button that makes one says. */
  make: string;
  onMake: () => void;
  /** No more may be made. */
  full?: boolean;
  empty: boolean;
  children: ReactNode;
}

/** Things that one makes and keeps, such as keys: what they are for, a button that makes one, and those that are there. */
export function OwnList({ icon, emptyTitle, text, make, onMake, full = false, empty, children }: OwnListProps) {
  const button = (
    <Button look="primary" disabled={full} onClick={onMake}>
      <Plus aria-hidden />
      {make}
    </Button>
  );
  if (empty) {
    return (
      <EmptyState icon={icon} title={emptyTitle} actions={button}>
        {text}
      </EmptyState>
    );
  }
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-xl text-sm text-muted">{text}</p>
        {button}
      </div>
      {children}
    </>
  );
}
