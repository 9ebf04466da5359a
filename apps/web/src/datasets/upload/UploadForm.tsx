'use client';

import type { Dataset, IngestOptions } from '@thaw/contract/datasets';
import type { Upload } from '@thaw/contract/uploads';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { FileArchive, FolderOpen } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callApi } from '../../api/callApi.ts';
import { useProblemSentence } from '../../api/useProblemSentence.ts';
import { Button } from '../../components/ui/Button.tsx';
import { Card } from '../../components/ui/Card.tsx';
import { Field, Input } from '../../components/ui/Field.tsx';
import { Notice } from '../../components/ui/Notice.tsx';
import { Select } from '../../components/ui/Select.tsx';
import { Slider } from '../../components/ui/Slider.tsx';
import { useFormats } from '../../i18n/useFormats.ts';
import { datasetPath, refreshDataset, useOpenUploads } from '../queries.ts';
import { isSameSource, uploadStore } from './uploadStore.ts';
import type { UploadSource } from './uploadSource.ts';

const sizes = ['auto', '32', '64', '96', '128', '160', '192', '224', '256'] as const;
const encodings = ['auto', 'utf-8', 'gb18030', 'cp437'] as const satisfies readonly IngestOptions['fileNames'][];
const mostSeed = 2 ** 31 - 1;
const testShare = { min: 5, max: 50, default: 20 };

interface UploadFormProps {
  source: UploadSource;
  into: Dataset | null;
  onBack: () => void;
}

/** How what was chosen is to be taken; then it is sent while the page of the data set is shown. */
export function UploadForm({ source, into, onBack }: UploadFormProps) {
  const t = useTranslations('datasets.upload');
  const format = useFormats();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const router = useRouter();
  const earlier = useOpenUploads().data?.find((one) => (into === null || one.dataset === into.id) && isSameSource(one, source));
  const [name, setName] = useState(() => source.fileName.replace(/(\.tar)?\.(zip|tar|tgz|gz|zst)$/i, '').slice(0, 200));
  const [size, setSize] = useState<(typeof sizes)[number]>('auto');
  const [share, setShare] = useState(testShare.default);
  const [seed, setSeed] = useState('0');
  const [fileNames, setFileNames] = useState<IngestOptions['fileNames']>('auto');

  const send = (upload: Upload): void => {
    uploadStore.send(upload, source);
    void refreshDataset(queries, upload.dataset);
    router.push(`/datasets/${upload.dataset}`);
  };
  const begin = useMutation({
    mutationFn: async () => {
      const options = { imageSize: size === 'auto' ? null : Number(size), testFraction: share / 100, seed: Math.min(Number(seed), mostSeed), fileNames };
      const { id } = into ?? (await callApi<Dataset>('/v1/datasets', { method: 'POST', body: { name } }));
      try {
        return await callApi<Upload>(datasetPath(id, '/uploads'), { method: 'POST', body: { fileName: source.fileName, bytes: source.bytes, options } });
      } catch (error) {
        // Nothing came of it: no empty data set is left behind.
        if (into === null) await callApi(datasetPath(id), { method: 'DELETE' }).catch(() => undefined);
        throw error;
      }
    },
    onSuccess: send,
  });
  const Icon = source.files === null ? FileArchive : FolderOpen;
  return (
    <Card>
      <form
        className="flex flex-col gap-5 pt-2"
        onSubmit={(event) => {
          event.preventDefault();
          begin.mutate();
        }}
      >
        <div className="flex items-center gap-3 rounded-lg bg-hover p-3">
          <Icon className="size-5 shrink-0 text-muted" aria-hidden />
          <div className="min-w-0 flex-1">
            <p className="truncate text-sm font-medium">{source.fileName}</p>
            <p className="text-xs text-muted">
              {format.bytes(source.bytes)}
              {source.files !== null && ` · ${t('packed', { count: source.files })}`}
              {source.leftOut > 0 && ` · ${t('leftOut', { count: source.leftOut })}`}
            </p>
          </div>
          <Button size="small" onClick={onBack}>
            {t('chooseOther')}
          </Button>
        </div>
        {earlier !== undefined && (
          <Notice
            title={t('earlierTitle')}
            action={
              <Button size="small" look="primary" onClick={() => send(earlier)}>
                {t('goOn')}
              </Button>
            }
          >
            {t('earlierText', { name: earlier.datasetName, part: format.percent(earlier.received.length / earlier.partCount) })}
          </Notice>
        )}
        {begin.error !== null && (
          <Notice tone="bad" alert>
            {sentence(begin.error)}
          </Notice>
        )}
        {into === null && <Field label={t('name')}>{(props) => <Input {...props} value={name} onChange={(event) => setName(event.target.value)} required maxLength={200} pattern=".*\S.*" />}</Field>}
        <Field label={t('size')} hint={t('sizeHint')}>
          {(props) => (
            <Select {...props} value={size} onChange={setSize} className="w-full sm:w-60" options={sizes.map((value) => ({ value, label: value === 'auto' ? t('sizeAuto') : `${value} × ${value} px` }))} />
          )}
        </Field>
        <div className="flex flex-col gap-1.5">
          <div className="flex items-baseline justify-between text-sm">
            <span className="font-medium">{t('share')}</span>
            <span className="tabular-nums text-muted">{share}%</span>
          </div>
          <Slider label={t('share')} value={share} onChange={setShare} min={testShare.min} max={testShare.max} valueText={`${share}%`} />
          <p className="text-xs text-faint">{t('shareHint')}</p>
        </div>
        <details className="text-sm">
          <summary className="w-fit cursor-pointer rounded text-muted hover:text-ink">{t('advanced')}</summary>
          <div className="mt-3 flex flex-col gap-4">
            <Field label={t('seed')} hint={t('seedHint')}>
              {(props) => <Input {...props} value={seed} onChange={(event) => setSeed(event.target.value.replace(/\D/g, '').slice(0, 10))} inputMode="numeric" className="w-full sm:w-60" />}
            </Field>
            {source.files === null && (
              <Field label={t('encoding')} hint={t('encodingHint')}>
                {(props) => (
                  <Select {...props} value={fileNames} onChange={setFileNames} className="w-full sm:w-60" options={encodings.map((value) => ({ value, label: value === 'auto' ? t('encodingAuto') : value.toUpperCase() }))} />
                )}
              </Field>
            )}
          </div>
        </details>
        <div className="flex justify-end">
          <Button type="submit" look="primary" size="large" busy={begin.isPending} className="w-full sm:w-auto">
            {t('submit')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
