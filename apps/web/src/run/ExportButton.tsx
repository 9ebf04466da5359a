'use client';

import type { ExportFormat, RunExport } from '@thaw/contract/exports';
import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { toast } from '../components/ui/toast.ts';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';

interface ExportButtonProps {
  run: string;
  epoch: number;
  format: ExportFormat;
}

/** Milliseconds between looks at an export that is being made. */
const pause = 1000;

/** Has the model after an epoch made into a file, and downloads that once it is there. */
export function ExportButton({ run, epoch, format }: ExportButtonProps) {
  const t = useTranslations('run.checkpoints');
  const sentence = useProblemSentence();
  const make = useMutation({
    mutationFn: () => finishedExport(run, epoch, format),
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

async function finishedExport(run: string, epoch: number, format: ExportFormat): Promise<RunExport> {
  let made = await callApi<RunExport>(`/v1/runs/${run}/exports`, { method: 'POST', body: { epoch, format } });
  while (made.status !== 'succeeded' && made.status !== 'failed') {
    await new Promise((resolve) => setTimeout(resolve, pause));
    made = await callApi<RunExport>(`/v1/runs/${run}/exports/${made.id}`);
  }
  return made;
}
