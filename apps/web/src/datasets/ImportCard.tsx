'use client';

import { ingestStage, type DatasetVersion } from '@thaw/contract/datasets';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { toast } from '../components/ui/toast.ts';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { classNames } from '../components/ui/classNames.ts';
import { Progress } from '../components/ui/Progress.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { fractionOf } from './facts.ts';
import { datasetPath, refreshDataset } from './queries.ts';

/** A version that is being made, step by step as it happens. */
export function ImportCard({ version }: { version: DatasetVersion }) {
  const t = useTranslations('datasets.import');
  const format = useFormats();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const { progress, status, stopRequested } = version;
  const cancel = useMutation({
    mutationFn: () => callApi(datasetPath(version.dataset, `/versions/${version.version}/cancel`), { method: 'POST' }),
    onError: (error) => toast.error(sentence(error)),
    onSettled: () => refreshDataset(queries, version.dataset),
  });
  const facts =
    progress === null
      ? []
      : [
          ...(progress.bytesTotal === 0
            ? []
            : [
                progress.images === 0 ? t('bytes', { done: format.bytes(progress.bytesRead), all: format.bytes(progress.bytesTotal) }) : t('images', { images: progress.images, files: progress.filesSeen }),
              ]),
          ...(progress.quarantined === 0 ? [] : [t('leftOut', { count: progress.quarantined })]),
          ...(progress.imagesPerSecond === 0 ? [] : [t('speed', { speed: format.short(progress.imagesPerSecond) })]),
          ...(progress.secondsLeft === null ? [] : [t('left', { time: format.duration(progress.secondsLeft) })]),
        ];
  const at = progress === null ? -1 : ingestStage.options.indexOf(progress.stage);
  return (
    <Card
      title={t('title', { version: version.version })}
      actions={
        <Button size="small" busy={cancel.isPending || stopRequested} onClick={() => cancel.mutate()}>
          {stopRequested ? t('stopping') : t('cancel')}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <Progress value={progress === null ? 0 : fractionOf(progress)} label={t('title', { version: version.version })} />
        <p className="min-h-5 text-sm text-muted tabular-nums" aria-live="off">
          {progress === null ? t(`waiting.${status === 'queued' || status === 'launching' ? status : 'importing'}`) : facts.join(' · ')}
        </p>
        <ol className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
          {ingestStage.options.map((stage, index) => (
            <li key={stage} aria-current={index === at ? 'step' : undefined} className={classNames('flex items-center gap-1.5', index === at ? 'font-medium text-ink' : 'text-faint')}>
              <span aria-hidden className={classNames('size-1.5 rounded-full', index < at ? 'bg-accent' : index === at ? 'animate-pulse bg-accent' : 'bg-active')} />
              {t(`stages.${stage}`)}
            </li>
          ))}
        </ol>
      </div>
    </Card>
  );
}
