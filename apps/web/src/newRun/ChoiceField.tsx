'use client';

import { Field } from '../components/ui/Field.tsx';
import { Select } from '../components/ui/Select.tsx';
import { useDraftField } from './DraftContext.tsx';
import type { FieldName } from './fieldName.ts';
import type { Option } from './recipeFields.ts';
import { useFieldTexts } from './useFieldTexts.ts';

/** A field of the recipe that is one of a few words; one of them may mean null. */
export function ChoiceField({ name, options, none }: { name: FieldName; options: readonly Option[]; none?: string | undefined }) {
  const texts = useFieldTexts();
  const { value, error, set } = useDraftField(name);
  return (
    <Field label={texts.label(name)} hint={texts.hint(name)} error={error}>
      {(props) => (
        <Select
          {...props}
          className="w-full"
          value={String(value ?? none)}
          options={options.map((option) => ({ value: option.value, label: texts.choice(option) }))}
          onChange={(next) => set(next === none ? null : next)}
        />
      )}
    </Field>
  );
}
