'use client';

import { presets } from '@thaw/contract/presets';
import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { RunSpec } from '@thaw/contract/runSpec';
import type { Run } from '@thaw/contract/runs';
import { useMutation } from '@tanstack/react-query';
import { Rocket } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { useCallback, useMemo, useState } from 'react';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { Field, Input } from '../components/ui/Field.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Page } from '../shell/Page.tsx';
import { AdvancedFields } from './AdvancedFields.tsx';
import { AugmentationPreview } from './AugmentationPreview.tsx';
import { Companions } from './Companions.tsx';
import { CurlCommand } from './CurlCommand.tsx';
import { DataFields } from './DataFields.tsx';
import { draftOf, requestOf, setIn, type Draft } from './draft.ts';
import { DraftContext } from './DraftContext.tsx';
import { Estimate } from './Estimate.tsx';
import { NumberField } from './NumberField.tsx';
import { PresetCards } from './PresetCards.tsx';
import { Timeline } from './Timeline.tsx';
import { useZodLanguage } from './useZodLanguage.ts';

interface NewRunPageProps {
  /** The run that it begins as a copy of. */
  from: Run | null;
}

/** A recipe, checked as it is typed by the API's own rules, and launched. */
export function NewRunPage({ from }: NewRunPageProps) {
  const t = useTranslations('newRun');
  const sentence = useProblemSentence();
  const router = useRouter();
  const language = useZodLanguage();
  const [draft, setDraft] = useState<Draft>(() => draftOf(from?.spec ?? presets.quick));
  const [name, setName] = useState('');
  const [lastSpec, setLastSpec] = useState<RunSpec>(() => from?.spec ?? presets.quick);
  const set = useCallback((path: readonly string[], value: unknown) => setDraft((before) => setIn(before, path, value)), []);

  const request = useMemo(() => requestOf(draft), [draft]);
  const resolved = useMemo(() => check(request, language), [request, language]);
  // While something is wrong the picture shows the last recipe that was right.
  const spec = resolved.ok ? resolved.spec : lastSpec;
  if (resolved.ok && resolved.spec !== lastSpec) setLastSpec(resolved.spec);

  const launch = useMutation({
    mutationFn: () => callApi<Run>('/v1/runs', { method: 'POST', body: { ...request, ...(name.trim() !== '' && { name: name.trim() }) } }),
    onSuccess: ({ id }) => router.push(`/runs/${id}`),
  });
  const state = useMemo(() => ({ draft, faults: resolved.ok ? [] : resolved.faults, set }), [draft, resolved, set]);
  const otherFaults = state.faults.filter(({ path }) => path.length < 2);
  return (
    <DraftContext value={state}>
      <Page title={t('title')} description={from === null ? undefined : t('from', { name: from.name })}>
        <form
          className="grid items-start gap-5 lg:grid-cols-[1fr_20rem]"
          onSubmit={(event) => {
            event.preventDefault();
            if (resolved.ok) launch.mutate();
          }}
        >
          <div className="flex min-w-0 flex-col gap-5">
            <PresetCards chosen={spec.preset} onChoose={(preset) => setDraft(setIn(draftOf(presets[preset]), ['data', 'dataset'], spec.data.dataset))} />
            <Card title={t('data.title')}>
              <DataFields />
            </Card>
            <Card title={t('schedule')}>
              <Timeline spec={spec} onFreeze={(epochs) => set(['schedule', 'freezeEpochs'], epochs)} />
              <div className="mt-4 grid grid-cols-2 gap-4 sm:grid-cols-4">
                <NumberField name="schedule.epochs" label={t('fields.epochs')} />
                <NumberField name="schedule.freezeEpochs" label={t('fields.freezeEpochs')} />
                <NumberField name="optimizer.learningRate" label={t('fields.learningRate')} />
                <NumberField name="schedule.unfreezeLearningRate" label={t('fields.unfreezeLearningRate')} />
              </div>
            </Card>
            <AdvancedFields />
            <AugmentationPreview spec={spec} />
          </div>
          <div className="flex min-w-0 flex-col gap-5 lg:sticky lg:top-5">
            <Card>
              <div className="flex flex-col gap-4 pt-2">
                <Field label={t('fields.name')} hint={t('nameHint')}>
                  {(props) => <Input {...props} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />}
                </Field>
                <Companions />
                <Estimate spec={spec} />
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
                <Button type="submit" look="primary" size="large" busy={launch.isPending} disabled={!resolved.ok}>
                  <Rocket aria-hidden />
                  {t('launch')}
                </Button>
                {!resolved.ok && <p className="text-center text-xs text-bad">{t('faults', { count: resolved.faults.length })}</p>}
              </div>
            </Card>
            <CurlCommand request={{ ...request, ...(name.trim() !== '' && { name: name.trim() }) }} />
          </div>
        </form>
      </Page>
    </DraftContext>
  );
}

/** Again in another language: faults are worded when they are found. */
const check = (request: Draft, _language: string) => resolveSpec(request);
