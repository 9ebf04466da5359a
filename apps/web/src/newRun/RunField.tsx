'use client';

import { useTranslations } from 'next-intl';
import { Field } from '../components/ui/Field.tsx';
import { Select } from '../components/ui/Select.tsx';
import { getIn } from './draft.ts';
import { useDraft, useDraftField } from './DraftContext.tsx';
import type { FieldName } from './fieldName.ts';
import { useEarlierRuns } from './useEarlierRuns.ts';
import { useFieldTexts } from './useFieldTexts.ts';

/** An earlier run with the same backbone; with it its best epoch is chosen, or its last one. */
export function RunField({ name }: { name: FieldName }) {
  const t = useTranslations('newRun');
  const texts = useFieldTexts();
  const { draft, set } = useDraft();
  const { value, error } = useDraftField(name);
  const alike = (useEarlierRuns() ?? []).filter(({ spec }) => spec.model.backbone === getIn(draft, ['model', 'backbone']));
  const known = alike.map((run) => ({ value: run.id, label: run.name }));
  // One that is not among the latest.
  const options = value === '' || known.some((one) => one.value === value) ? known : [{ value: String(value), label: String(value) }, ...known];
  const choose = (id: string): void => {
    const run = alike.find((one) => one.id === id);
    if (run !== undefined) set(['model', 'weights'], { run: id, epoch: run.result?.best?.epoch ?? run.lastEpoch?.epoch ?? 0 });
  };
  return (
    <div className="col-span-2 sm:col-span-1">
      <Field label={texts.label(name)} hint={options.length === 0 ? t('noRuns') : undefined} error={options.length === 0 ? undefined : error}>
        {(props) => <Select {...props} className="w-full min-w-0" value={String(value)} options={options} onChange={choose} disabled={options.length === 0} />}
      </Field>
    </div>
  );
}
