'use client';

import type { FormEventHandler, ReactNode } from 'react';
import { Button } from '../components/ui/Button.tsx';
import { Notice } from '../components/ui/Notice.tsx';

interface FormFrameProps {
  title: ReactNode;
  text?: ReactNode;
  error: string | null;
  busy: boolean;
  submit: ReactNode;
  onSubmit: FormEventHandler<HTMLFormElement>;
  children: ReactNode;
  foot?: ReactNode;
}

/** What the forms around signing in have in common. */
export function FormFrame({ title, text, error, busy, submit, onSubmit, children, foot }: FormFrameProps) {
  return (
    <form method="post" className="flex flex-col gap-4" onSubmit={onSubmit}>
      <div>
        <h1 className="text-lg font-semibold">{title}</h1>
        {text !== undefined && <p className="mt-1 text-sm text-muted">{text}</p>}
      </div>
      {error !== null && (
        <Notice tone="bad" alert>
          {error}
        </Notice>
      )}
      {children}
      <Button type="submit" look="primary" size="large" busy={busy}>
        {submit}
      </Button>
      {foot !== undefined && <div className="flex flex-wrap justify-between gap-2 text-sm text-muted [&_a]:text-accent [&_a]:hover:underline">{foot}</div>}
    </form>
  );
}
