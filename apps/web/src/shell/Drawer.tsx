'use client';

import { useTranslations } from 'next-intl';
import { Dialog } from 'radix-ui';
import { Sidebar } from './Sidebar.tsx';

interface DrawerProps {
  onClose: () => void;
  /** It is gone: the focus may go back to where it came from. */
  onClosed: () => void;
}

/** The sidebar over the page, where there is no room beside it. */
export function Drawer({ onClose, onClosed }: DrawerProps) {
  const t = useTranslations('shell');
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-[rgb(0_0_0/0.4)]" />
        <Dialog.Content aria-describedby={undefined} onCloseAutoFocus={onClosed} className="fixed inset-y-0 left-0 z-50 w-64 border-r border-line bg-canvas outline-none">
          <Dialog.Title className="sr-only">{t('menu')}</Dialog.Title>
          <Sidebar onNavigate={onClose} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
