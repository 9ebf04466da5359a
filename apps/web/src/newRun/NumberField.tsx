'use client';

import { useTranslations } from 'next-intl';
import { Field, Input } from '../components/ui/Field.tsx';
import { useDraft, useDraftField } from './DraftContext.tsx';
import type { FieldName } from './fieldName.ts';
import { useFieldTexts } from './useFieldTexts.ts';
import { useTypedNumber } from './useTypedNumber.ts';

interface NumberFieldProps {
  name: FieldName;
  hint?: string;
  /** Empty means null: no limit, or off. */
  nullable?: boolean;
}

/** A number of the recipe. */
export function NumberField({ name, hint, nullable = false }: NumberFieldProps) {
  const t = useTranslations('newRun');
  const texts = useFieldTexts();
  const { value, error, set } = useDraftField(name);
  const { text, type } = useTypedNumber(value, set);
  return (
    <Field label={texts.label(name)} hint={hint ?? texts.hint(name)} error={error}>
      {(props) => <Input {...props} inputMode="decimal" value={text} placeholder={nullable ? t('off') : undefined} onChange={(event) => type(event.target.value)} />}
    </Field>
  );
}

/** A few numbers that belong together, such as the two ends of a range. */
export function NumbersField({ name, count }: { name: FieldName; count: number }) {
  const texts = useFieldTexts();
  const { faults } = useDraft();
  const error = faults.find(({ path }) => path.join('.').startsWith(name))?.message;
  return (
    <div role="group" aria-label={texts.label(name)} className="col-span-2 flex flex-col gap-1.5">
      <span className="text-sm font-medium">{texts.label(name)}</span>
      <div className="flex gap-2">
        {Array.from({ length: count }, (_, i) => (
          <OneOfNumbers key={i} name={`${name}.${i}`} label={`${texts.label(name)} (${i + 1})`} invalid={error !== undefined} />
        ))}
      </div>
      {error !== undefined && <p className="text-xs text-bad">{error}</p>}
    </div>
  );
}

function OneOfNumbers({ name, label, invalid }: { name: string; label: string; invalid: boolean }) {
  const { value, set } = useDraftField(name);
  const { text, type } = useTypedNumber(value, set);
  return <Input inputMode="decimal" className="min-w-0" aria-label={label} aria-invalid={invalid} value={text} onChange={(event) => type(event.target.value)} />;
}
