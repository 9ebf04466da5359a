'use client';

import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../components/ui/Button.tsx';
import { Menu, MenuItem } from '../components/ui/Menu.tsx';
import { toast } from '../components/ui/toast.ts';
import type { FileType } from './saveFigure.ts';

const types = ['png', 'svg', 'csv'] as const satisfies readonly FileType[];

/** A menu that saves what stands under a title as a file. */
export function FileMenu({ title, onSave }: { title: string; onSave: (type: FileType) => Promise<void> }) {
  const t = useTranslations('charts');
  return (
    <Menu
      trigger={
        <Button look="quiet" size="icon" aria-label={t('save', { title })}>
          <Download aria-hidden />
        </Button>
      }
    >
      {types.map((type) => (
        <MenuItem key={type} onSelect={() => void onSave(type).catch(() => toast.error(t('notSaved')))}>
          {t(`files.${type}`)}
        </MenuItem>
      ))}
    </Menu>
  );
}
