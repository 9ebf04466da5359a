'use client';

import { presets } from '@thaw/contract/presets';
import type { PresetName, RunSpec } from '@thaw/contract/runSpec';
import type { Run } from '@thaw/contract/runs';
import { useMutation } from '@tanstack/react-query';
import { Rocket } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { useCallback, useMemo, useState } from 'react';
import { ApiError } from '../api/ApiError.ts';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Page } from '../shell/Page.tsx';
import { AdvancedFields } from './AdvancedFields.tsx';
import { AugmentationPreview } from './AugmentationPreview.tsx';
import { Companions } from './Companions.tsx';
import { allPaths, isFaultOf } from './fieldPaths.ts';
import { CurlCommand } from './CurlCommand.tsx';
import { DataFields } from './DataFields.tsx';
import { described, descriptionOf, type Description } from './description.ts';
import { DescriptionFields } from './DescriptionFields.tsx';
import { draftOf, orderOf, setIn, type Draft, type Order } from './draft.ts';
import { DraftContext } from './DraftContext.tsx';
import { Estimate } from './Estimate.tsx';
import { NumberField } from './NumberField.tsx';
import { PresetCards } from './PresetCards.tsx';
import { Timeline } from './Timeline.tsx';
import { thaws } from './timelineHandles.ts';
import { stepsPerEpoch } from './trainingSteps.ts';
import { useDatasets } from './useDatasets.ts';
import { useZodLanguage } from './useZodLanguage.ts';

interface NewRunPageProps {
  /** The run that it begins as a copy of. */
  from: Run | null;
  /** Id of the data set that it begins with; null: the usual one. Not asked of a copy. */
  dataset?: string | null;
}

/** A recipe, checked as it is typed by the API's own rules, and launched. */
export function NewRunPage({ from: copied, dataset: onto = null }: NewRunPageProps) {
  const t = useTranslations('newRun');
  const sentence = useProblemSentence();
  const router = useRouter();
  const language = useZodLanguage();
  const datasets = useDatasets();
  // Another preset is another recipe, and no copy any more.
  const [from, setFrom] = useState(copied);
  const [draft, setDraft] = useState<Draft>(() => (copied === null && onto !== null ? setIn(draftOf(presets.quick), ['data', 'dataset'], onto) : draftOf(copied?.spec ?? presets.quick)));
  const [description, setDescription] = useState(() => descriptionOf(copied));
  const [lastSpec, setLastSpec] = useState<RunSpec>(() => from?.spec ?? presets.quick);

  const { path, body: recipe, resolved } = useMemo(() => wordedOrder(draft, from, language), [draft, from, language]);
  const words = useMemo(() => wordedDescription(description, from, language), [description, from, language]);
  const body = { ...recipe, ...words.body };
  // While something is wrong the picture shows the last recipe that was right.
  const spec = resolved.ok ? resolved.spec : lastSpec;
  if (resolved.ok && resolved.spec !== lastSpec) setLastSpec(resolved.spec);
  const dataset = datasets.find(({ id }) => id === spec.data.dataset);

  const launch = useMutation({
    mutationFn: () => callApi<Run>(path, { method: 'POST', body }),
    onSuccess: ({ id }) => router.push(`/runs/${id}`),
  });
  // What the API refused holds until something is changed.
  const { isError, reset } = launch;
  const refused = launch.error instanceof ApiError ? launch.error.faults : none;
  const set = useCallback(
    (field: readonly string[], value: unknown): void => {
      if (isError) reset();
      setDraft((before) => setIn(before, field, value));
    },
    [isError, reset],
  );
  const begin = (preset: PresetName): void => {
    if (isError) reset();
    setFrom(null);
    setDraft(setIn(draftOf(presets[preset]), ['data', 'dataset'], spec.data.dataset));
  };
  const wrong = useMemo(() => [...(resolved.ok ? [] : resolved.faults), ...words.faults], [resolved, words]);
  const faults = useMemo(() => (wrong.length === 0 ? refused.map(({ path: at, message }) => ({ path: at.split('.'), message })) : wrong), [wrong, refused]);
  const state = useMemo(() => ({ draft, faults, set }), [draft, faults, set]);
  const otherFaults = resolved.ok ? [] : resolved.faults.filter((fault) => !isFaultOf(allPaths, fault));
  return (
    <DraftContext value={state}>
      <Page title={t('title')} description={from === null ? undefined : t('from', { name: from.name })}>
        <form
          className="grid items-start gap-5 lg:grid-cols-[1fr_20rem]"
          onSubmit={(event) => {
            event.preventDefault();
            if (wrong.length === 0) launch.mutate();
          }}
        >
          <div className="flex min-w-0 flex-col gap-5">
            <PresetCards chosen={spec.preset} onChoose={begin} />
            <Card title={t('data.title')}>
              <DataFields />
            </Card>
            <Card title={t('schedule')}>
              <Timeline spec={spec} stepsPerEpoch={dataset === undefined ? unknownSteps : stepsPerEpoch(spec, dataset)} />
              <div className="mt-4 grid grid-cols-2 items-start gap-4 sm:grid-cols-4">
                <NumberField name="schedule.epochs" />
                <NumberField name="schedule.freezeEpochs" />
                <NumberField name="optimizer.learningRate" />
                <NumberField name="schedule.unfreezeLearningRate" {...(!thaws(spec) && { hint: t('noThaw') })} />
              </div>
            </Card>
            <AdvancedFields base={presets[spec.preset]} />
            <AugmentationPreview spec={spec} />
          </div>
          <div className="flex min-w-0 flex-col gap-5 lg:sticky lg:top-5">
            <Card>
              <div className="flex flex-col gap-4 pt-2">
                <DescriptionFields
                  value={description}
                  copyOf={from?.name}
                  onChange={(next) => {
                    if (isError) reset();
                    setDescription(next);
                  }}
                />
                <Companions />
                <Estimate spec={spec} dataset={dataset} />
                {otherFaults.map(({ message }) => (
                  <Notice key={message} tone="bad">
                    {message}
                  </Notice>
                ))}
                {launch.error !== null && (
                  <Notice tone="bad" alert>
                    {sentence(launch.error)}
                  </Notice>
                )}
                <Button type="submit" look="primary" size="large" busy={launch.isPending} disabled={wrong.length > 0}>
                  <Rocket aria-hidden />
                  {t('launch')}
                </Button>
                {wrong.length > 0 && <p className="text-center text-xs text-bad">{t('faults', { count: wrong.length })}</p>}
              </div>
            </Card>
            <CurlCommand path={path} body={body} />
          </div>
        </form>
      </Page>
    </DraftContext>
  );
}

const none: ApiError['faults'] = [];

/** Steps of an epoch as long as the data set is not known; only a warm-up shows it. */
const unknownSteps = 100;

/** Again in another language: faults are worded when they are found. */
const wordedOrder = (draft: Draft, from: Run | null, _language: string): Order => orderOf(draft, from);
const wordedDescription = (description: Description, from: Run | null, _language: string) => described(description, from);
