'use client';

import type { ExportFormat } from '@thaw/contract/exports';
import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { toast } from '../components/ui/toast.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { finishedExport } from './finishedExport.ts';

interface ExportButtonProps {
  run: string;
  epoch: number;
  format: ExportFormat;
}

/** Has the model after an epoch made into a file, and downloads that once it is there. */
export function ExportButton({ run, epoch, format }: ExportButtonProps) {
  const t = useTranslations('run.checkpoints');
  const sentence = useProblemSentence();
  const make = useMutation({
    mutationFn: () => finishedExport({ run, epoch, format }),
    onSuccess: ({ files: [file], failure }) => {
      if (file !== undefined) window.location.assign(`/api${file.download}`);
      else toast.error(t('exportFailed'), { description: failure?.message });
    },
    onError: (error) => void toast.error(sentence(error)),
  });
  return (
    <Button size="small" busy={make.isPending} onClick={() => make.mutate()}>
      {!make.isPending && <Download aria-hidden />}
      {t(`formats.${format}`)}
    </Button>
  );
}
