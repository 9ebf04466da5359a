'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useProblemSentence } from '../../api/useProblemSentence.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import { Notice } from './Notice.tsx';

interface ConfirmDialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  text: ReactNode;
  /** Name of the button that does it. */
  action: string;
  /** Name of the button that does not; there is a usual one. */
  leave?: string;
  busy: boolean;
  /** Why it was refused, said in the dialog, where one can go on from. */
  error: Error | null;
  onConfirm: () => void;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({ open, onClose, title, text, action, leave, busy, error, onConfirm }: ConfirmDialogProps) {
  const t = useTranslations('ui');
  const sentence = useProblemSentence();
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={title}
      description={text}
      actions={
        <>
          <Button onClick={onClose}>{leave ?? t('leave')}</Button>
          <Button look="danger" busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      {error !== null && (
        <Notice tone="bad" alert>
          {sentence(error)}
        </Notice>
      )}
    </Dialog>
  );
}
