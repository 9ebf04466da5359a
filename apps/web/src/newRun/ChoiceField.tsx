'use client';

import { Field } from '../components/ui/Field.tsx';
import { Select } from '../components/ui/Select.tsx';
import { useDraftField } from './DraftContext.tsx';
import type { FieldName } from './fieldName.ts';
import type { Option } from './recipeFields.ts';
import { useFieldTexts } from './useFieldTexts.ts';

/** A field of the recipe that is one of a few words; one of them may mean null. */
export function ChoiceField({ name, options, none }: { name: FieldName; options: readonly Option[]; none?: string | undefined }) {
  const { value, error, set } = useDraftField(name);
  return <OptionsField name={name} value={String(value ?? none)} options={options} error={error} onChange={(next) => set(next === none ? null : next)} />;
}

interface OptionsFieldProps {
  name: FieldName;
  value: string;
  options: readonly Option[];
  error: string | undefined;
  onChange: (value: string) => void;
}

/** A few words to choose from, whatever they stand for in the draft. */
export function OptionsField({ name, value, options, error, onChange }: OptionsFieldProps) {
  const texts = useFieldTexts();
  return (
    <Field label={texts.label(name)} hint={texts.hint(name)} error={error}>
      {(props) => (
        <Select {...props} className="w-full" value={value} options={options.map((option) => ({ value: option.value, label: texts.choice(option) }))} onChange={onChange} />
      )}
    </Field>
  );
}
