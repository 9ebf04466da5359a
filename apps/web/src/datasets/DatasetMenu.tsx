'use client';

import type { Dataset } from '@thaw/contract/datasets';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Shuffle, Trash2, Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callApi } from '../api/callApi.ts';
import { Button } from '../components/ui/Button.tsx';
import { ConfirmDialog } from '../components/ui/ConfirmDialog.tsx';
import { Menu, MenuItem, MenuSeparator } from '../components/ui/Menu.tsx';
import { datasetPath } from './queries.ts';
import { ResplitDialog } from './ResplitDialog.tsx';

/** What can be done with a data set of one's own. */
export function DatasetMenu({ dataset }: { dataset: Dataset }) {
  const t = useTranslations('datasets.menu');
  const router = useRouter();
  const queries = useQueryClient();
  const [open, setOpen] = useState<'delete' | 'resplit' | null>(null);
  const remove = useMutation({
    mutationFn: () => callApi(datasetPath(dataset.id), { method: 'DELETE' }),
    onSuccess: async () => {
      router.push('/datasets');
      await queries.invalidateQueries({ queryKey: ['datasets'] });
    },
  });
  const close = (): void => {
    setOpen(null);
    remove.reset();
  };
  return (
    <>
      <Menu
        trigger={
          <Button size="icon" aria-label={t('more')}>
            <Ellipsis aria-hidden />
          </Button>
        }
      >
        <MenuItem asChild>
          <Link href={`/datasets/new?dataset=${encodeURIComponent(dataset.id)}`}>
            <Upload aria-hidden />
            {t('upload')}
          </Link>
        </MenuItem>
        <MenuItem disabled={dataset.version === null} onSelect={() => setOpen('resplit')}>
          <Shuffle aria-hidden />
          {t('resplit')}
        </MenuItem>
        <MenuSeparator />
        <MenuItem danger onSelect={() => setOpen('delete')}>
          <Trash2 aria-hidden />
          {t('delete')}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={open === 'delete'}
        onClose={close}
        title={t('deleteTitle', { name: dataset.name })}
        text={t('deleteText')}
        action={t('deleteNow')}
        busy={remove.isPending || remove.isSuccess}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
      {dataset.version !== null && <ResplitDialog dataset={dataset.id} from={dataset.version} open={open === 'resplit'} onClose={close} />}
    </>
  );
}
