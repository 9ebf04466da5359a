'use client';

import type { Checkpoint } from '@thaw/contract/runs';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { callApi } from '../api/callApi.ts';
import { Segmented } from '../components/ui/Segmented.tsx';
import { Select } from '../components/ui/Select.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useRun } from '../live/useRun.ts';
import type { Answerer } from './answerer.ts';

interface AnswererChoiceProps {
  answerer: Answerer;
  onAnswerer: (answerer: Answerer) => void;
  epoch: 'best' | number;
  onEpoch: (epoch: 'best' | number) => void;
}

/** Who answers, and which of the kept states of the network. */
export function AnswererChoice({ answerer, onAnswerer, epoch, onEpoch }: AnswererChoiceProps) {
  const t = useTranslations('tryPicture');
  const { count } = useFormats();
  const { id, model } = useRun();
  const { data } = useQuery({
    queryKey: ['run', id, 'checkpoints', model.run?.lastEpoch?.epoch, model.run?.status],
    queryFn: ({ signal }) => callApi<{ items: Checkpoint[] }>(`/v1/runs/${id}/checkpoints`, { signal }),
    placeholderData: (before) => before,
  });
  const kept = data?.items.map((one) => one.epoch) ?? [];
  const epochs = typeof epoch === 'number' && !kept.includes(epoch) ? [...kept, epoch] : kept;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Segmented
          label={t('answerer')}
          value={answerer}
          onChange={onAnswerer}
          options={[
            { value: 'server', label: t('onServer') },
            { value: 'browser', label: t('inBrowser') },
          ]}
        />
        <Select
          aria-label={t('network')}
          value={String(epoch)}
          onChange={(next) => onEpoch(next === 'best' ? 'best' : Number(next))}
          options={[{ value: 'best', label: t('best') }, ...epochs.map((one) => ({ value: String(one), label: t('ofEpoch', { epoch: count(one) }) }))]}
        />
      </div>
      <p className="text-xs text-muted">{t(answerer === 'browser' ? 'inBrowserText' : 'onServerText')}</p>
    </div>
  );
}
