'use client';

import { useTranslations } from 'next-intl';
import { Field } from '../components/ui/Field.tsx';
import { Select } from '../components/ui/Select.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useDraftField } from './DraftContext.tsx';
import { NumberField } from './NumberField.tsx';
import { useDatasets } from './useDatasets.ts';

export function DataFields() {
  const t = useTranslations('newRun');
  const { count } = useFormats();
  const datasets = useDatasets();
  const { value, error, set } = useDraftField('data.dataset');
  const known = datasets.map(({ id, name, classes }) => ({ value: id, label: name, hint: t('data.classes', { count: classes.length }) }));
  // Until the list is here, and where it does not have it (any more).
  const options = known.some((one) => one.value === value) ? known : [{ value: String(value), label: String(value) }, ...known];
  const splits = datasets.find(({ id }) => id === value)?.splits ?? [];
  const ofAll = (name: 'train' | 'test') => {
    const images = splits.find(({ split }) => split === name)?.images;
    return images !== undefined && { hint: t('data.ofAll', { images: count(images) }) };
  };
  return (
    <div className="grid grid-cols-2 items-start gap-4 sm:grid-cols-5">
      <div className="col-span-2 min-w-0 sm:col-span-1">
        <Field label={t('fields.data.dataset')} error={error}>
          {(props) => <Select {...props} className="w-full" value={String(value)} options={options} onChange={set} />}
        </Field>
      </div>
      <NumberField name="data.trainLimit" nullable {...ofAll('train')} />
      <NumberField name="data.testLimit" nullable {...ofAll('test')} />
      <NumberField name="data.imageSize" hint={t('data.pixels')} />
      <NumberField name="data.batchSize" />
    </div>
  );
}
