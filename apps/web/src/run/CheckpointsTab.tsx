'use client';

import type { Checkpoint } from '@thaw/contract/runs';
import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Badge } from '../components/ui/Badge.tsx';
import { Button } from '../components/ui/Button.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useRun } from '../live/useRun.ts';
import { ExportButton } from './ExportButton.tsx';
import { PinButton } from './PinButton.tsx';

/** The checkpoints that are kept, each to take away in the formats that there are, and to be pinned. */
export function CheckpointsTab() {
  const t = useTranslations('run.checkpoints');
  const sentence = useProblemSentence();
  const { count, bytes, moment } = useFormats();
  const { id, model } = useRun();
  // Asked for again when one has been written.
  const written = model.log.findLast(({ event }) => event.type === 'checkpoint')?.event.step ?? 0;
  const { data, error } = useQuery({
    queryKey: ['run', id, 'checkpoints', written, model.run?.status],
    queryFn: ({ signal }) => callApi<{ items: Checkpoint[] }>(`/v1/runs/${id}/checkpoints`, { signal }),
    placeholderData: (before) => before,
  });
  if (error !== null) return <Notice tone="bad">{sentence(error)}</Notice>;
  if (data === undefined) return <Skeleton className="h-40 w-full" />;
  if (data.items.length === 0) return <p className="py-16 text-center text-sm text-muted">{t('empty')}</p>;
  return (
    <div className="flex flex-col gap-3">
      <p className="text-sm text-muted">{t('kept')}</p>
      <Table>
        <thead>
          <tr>
            <HeadCell>{t('epoch')}</HeadCell>
            <HeadCell>{t('step')}</HeadCell>
            <HeadCell>{t('written')}</HeadCell>
            <HeadCell>{t('size')}</HeadCell>
            <HeadCell>{t('download')}</HeadCell>
          </tr>
        </thead>
        <tbody>
          {data.items.map(({ epoch, step, best, createdAt, files, pinned, expiresAt }) => (
            <tr key={epoch}>
              <Cell className="font-medium tabular-nums">
                {count(epoch)} {best && <Badge tone="good">{t('best')}</Badge>}
              </Cell>
              <Cell className="tabular-nums">{count(step)}</Cell>
              <Cell className="whitespace-nowrap text-muted">
                {moment(createdAt)}
                {expiresAt !== null && <span className="block text-xs text-warn">{t('expires', { when: moment(expiresAt) })}</span>}
              </Cell>
              <Cell className="whitespace-nowrap text-muted tabular-nums">{bytes(files.find(({ name }) => name === 'model.safetensors')?.bytes ?? 0)}</Cell>
              <Cell>
                <span className="flex gap-1.5">
                  <Button asChild size="small">
                    <a href={`/api/v1/runs/${id}/checkpoints/${epoch}/safetensors`} download>
                      <Download aria-hidden />
                      {t('formats.safetensors')}
                    </a>
                  </Button>
                  <ExportButton run={id} epoch={epoch} format="pth" />
                  <ExportButton run={id} epoch={epoch} format="onnx" />
                  <PinButton run={id} epoch={epoch} pinned={pinned} />
                </span>
              </Cell>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
