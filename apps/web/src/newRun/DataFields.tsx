'use client';

import { useTranslations } from 'next-intl';
import { useFormats } from '../i18n/useFormats.ts';
import { ChoiceField } from './ChoiceField.tsx';
import { useDraftField } from './DraftContext.tsx';
import { NumberField } from './NumberField.tsx';
import { useDatasets } from './useDatasets.ts';

export function DataFields() {
  const t = useTranslations('newRun');
  const { count } = useFormats();
  const datasets = useDatasets();
  const { value } = useDraftField('data.dataset');
  const known = datasets.map(({ id, name, classes }) => ({ value: id, label: name, hint: t('data.classes', { count: classes.length }) }));
  // Until the list is here, and where it does not have it (any more).
  const options = known.some((one) => one.value === value) ? known : [{ value: String(value), label: String(value) }, ...known];
  const train = datasets.find(({ id }) => id === value)?.splits.find(({ split }) => split === 'train')?.images;
  return (
    <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
      <div className="col-span-2 sm:col-span-1">
        <ChoiceField name="data.dataset" label={t('fields.dataset')} options={options} />
      </div>
      <NumberField name="data.trainLimit" label={t('fields.trainLimit')} nullable {...(train !== undefined && { hint: t('data.ofAll', { images: count(train) }) })} />
      <NumberField name="data.imageSize" label={t('fields.imageSize')} hint={t('data.pixels')} />
      <NumberField name="data.batchSize" label={t('fields.batchSize')} />
    </div>
  );
}
