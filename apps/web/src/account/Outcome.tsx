import Link from 'next/link';
import type { ReactNode } from 'react';
import { Notice } from '../components/ui/Notice.tsx';

interface OutcomeProps {
  tone: 'good' | 'bad' | 'info';
  title: string;
  children?: ReactNode;
  link: { href: string; words: string };
}

/** What became of a form, in its place, and where to go from here. */
export function Outcome({ tone, title, children, link }: OutcomeProps) {
  return (
    <div className="flex flex-col gap-4">
      <Notice tone={tone} alert title={title}>
        {children}
      </Notice>
      <Link href={link.href} className="text-sm text-accent hover:underline">
        {link.words}
      </Link>
    </div>
  );
}
