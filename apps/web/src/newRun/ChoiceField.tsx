'use client';

import { Field } from '../components/ui/Field.tsx';
import { Select, type SelectOption } from '../components/ui/Select.tsx';
import { useDraftField } from './DraftContext.tsx';

interface ChoiceFieldProps<Value extends string> {
  name: string;
  label: string;
  hint?: string;
  options: readonly SelectOption<Value>[];
  /** This choice means null. */
  none?: Value;
  /** Sets more than this field (the defaults of another type). */
  onChoose?: (value: Value) => void;
}

/** A field of the recipe that is one of a few words. */
export function ChoiceField<Value extends string>({ name, label, hint, options, none, onChoose }: ChoiceFieldProps<Value>) {
  const { value, error, set } = useDraftField(name);
  return (
    <Field label={label} hint={hint} error={error}>
      {(props) => (
        <Select {...props} className="w-full" value={(value ?? none ?? '') as Value} options={options} onChange={onChoose ?? ((next) => set(next === none ? null : next))} />
      )}
    </Field>
  );
}
