'use client';

import type { ReactNode } from 'react';
import { useProblemSentence } from '../../api/useProblemSentence.ts';
import { Button, type ButtonProps } from './Button.tsx';
import { Notice } from './Notice.tsx';

interface DialogFormProps {
  /** What sends it, such as a mutation. */
  work: { mutate: () => void; isPending: boolean; error: Error | null };
  /** What the button that sends it says. */
  send: string;
  /** `danger` where it cannot be taken back. */
  sendLook?: ButtonProps['look'];
  leave: string;
  /** Whether it may be sent; what a field itself asks for is checked by the browser. */
  ready?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** The form of a dialog: what went wrong, its fields, and the two ways out. */
export function DialogForm({ work, send, sendLook = 'primary', leave, ready = true, onClose, children }: DialogFormProps) {
  const sentence = useProblemSentence();
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        work.mutate();
      }}
    >
      {work.error !== null && (
        <Notice tone="bad" alert>
          {sentence(work.error)}
        </Notice>
      )}
      {children}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{leave}</Button>
        <Button type="submit" look={sendLook} busy={work.isPending} disabled={!ready}>
          {send}
        </Button>
      </div>
    </form>
  );
}
