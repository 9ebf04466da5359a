'use client';

import type { Evaluation } from '@thaw/contract/evaluation';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { callApi } from '../../api/callApi.ts';
import { useProblemSentence } from '../../api/useProblemSentence.ts';
import { Notice } from '../../components/ui/Notice.tsx';
import { Skeleton } from '../../components/ui/Skeleton.tsx';
import { useFormats } from '../../i18n/useFormats.ts';
import { useRun } from '../../live/useRun.ts';
import { CompanionCard } from '../CompanionCard.tsx';
import { Calibration } from './Calibration.tsx';
import { ClassTable } from './ClassTable.tsx';
import { ConfusionCard } from './ConfusionCard.tsx';
import { DrillDialog, type Drill } from './DrillDialog.tsx';
import { Mistakes } from './Mistakes.tsx';

/** How good the model is, once the run has succeeded. */
export function EvaluationTab() {
  const t = useTranslations('evaluation');
  const sentence = useProblemSentence();
  const { percent, loss, count } = useFormats();
  const { id, model } = useRun();
  const { run } = model;
  const [drill, setDrill] = useState<Drill | null>(null);
  const { data, error } = useQuery({
    queryKey: ['run', id, 'evaluation'],
    queryFn: ({ signal }) => callApi<Evaluation>(`/v1/runs/${id}/evaluation`, { signal }),
    enabled: run !== null && run.evaluation !== null,
    staleTime: Infinity,
  });
  const names = useMemo(() => data?.classes.map(({ name }) => name) ?? [], [data]);
  if (run === null || run.evaluation === null) return <p className="py-16 text-center text-sm text-muted">{t('later')}</p>;
  if (error !== null) return <Notice tone="bad">{sentence(error)}</Notice>;
  if (data === undefined) return <Skeleton className="h-96 w-full" />;
  const { evaluated, classes, confusion } = data;
  const pictures = run.evaluation.predictions !== null;
  // From here on it is too wide for half of a page.
  const wide = classes.length > 15;
  const facts: [string, string][] = [
    [t('top1'), percent(data.top1)],
    ...(data.top5 === null ? [] : [[t('top5'), percent(data.top5)] as [string, string]]),
    [t('loss'), loss(Number(data.loss))],
    [t('f1'), percent(data.macro.f1)],
    [t('ece'), percent(Number(data.calibration.ece))],
  ];
  return (
    <div className="flex flex-col gap-4">
      <p className="text-sm text-muted">{t('of', { epoch: count(evaluated.epoch), images: count(evaluated.images), part: t(`parts.${evaluated.part}`) })}</p>
      {evaluated.part === evaluated.monitor && <Notice tone="warn">{t('flattering')}</Notice>}
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-5">
        {facts.map(([name, value]) => (
          <div key={name} className="rounded-xl border border-line bg-surface px-4 py-3">
            <dt className="text-xs text-faint">{name}</dt>
            <dd className="text-lg font-semibold tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      <CompanionCard />
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
        <ConfusionCard names={names} counts={confusion} onOpen={pictures ? setDrill : null} className={wide ? 'min-w-0 lg:col-span-2' : 'min-w-0'} />
        <Calibration bins={data.calibration.bins} />
      </div>
      <ClassTable classes={classes} onOpen={(of) => setDrill({ of })} />
      <Mistakes run={run} evaluation={data} onOpen={pictures ? setDrill : null} />
      {drill !== null && <DrillDialog run={id} evaluation={data} drill={drill} pictures={pictures} onMove={setDrill} onClose={() => setDrill(null)} />}
    </div>
  );
}
