import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Dialog as Parts } from 'radix-ui';
import { useMemo, type ReactNode } from 'react';
import { classNames } from './classNames.ts';

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons at its foot, the one that acts last. */
  actions?: ReactNode;
  className?: string;
}

/** A window over the page; on a phone it rises from the bottom. */
export function Dialog({ open, onOpenChange, title, description, children, actions, className }: DialogProps) {
  const t = useTranslations('ui');
  const opener = useMemo(() => (open ? focusedNow() : null), [open]);
  return (
    <Parts.Root open={open} onOpenChange={onOpenChange}>
      <Parts.Portal>
        <Parts.Overlay className="fixed inset-0 z-40 bg-[rgb(0_0_0/0.4)]" />
        <Parts.Content
          {...(description === undefined && { 'aria-describedby': undefined })}
          // Radix gives the keyboard back to a trigger of its own only.
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            opener?.focus();
          }}
          className={classNames(
            'fixed inset-x-0 bottom-0 z-50 max-h-[90dvh] animate-in overflow-y-auto rounded-t-xl border border-line bg-raised p-5 shadow-pop outline-none sm:inset-auto sm:top-[20vh] sm:left-1/2 sm:max-h-[70vh] sm:w-full sm:max-w-md sm:-translate-x-1/2 sm:rounded-xl',
            className,
          )}
        >
          <Parts.Title className="pr-8 text-lg font-semibold">{title}</Parts.Title>
          {description !== undefined && <Parts.Description className="mt-1 text-sm text-muted">{description}</Parts.Description>}
          {children !== undefined && <div className="mt-4">{children}</div>}
          {actions !== undefined && <div className="mt-5 flex justify-end gap-2">{actions}</div>}
          <Parts.Close aria-label={t('close')} className="absolute top-4 right-4 rounded-md p-1 text-faint hover:bg-hover hover:text-ink">
            <X className="size-4" aria-hidden />
          </Parts.Close>
        </Parts.Content>
      </Parts.Portal>
    </Parts.Root>
  );
}

/** Where the keyboard is; of a menu, which closes, the button that opened it. Asked while rendering: then the menu is still there. */
function focusedNow(): HTMLElement | null {
  if (typeof document === 'undefined') return null;
  const { activeElement } = document;
  const button = activeElement?.closest('[role=menu]')?.getAttribute('aria-labelledby') ?? null;
  const place = button === null ? activeElement : document.getElementById(button);
  return place instanceof HTMLElement ? place : null;
}
