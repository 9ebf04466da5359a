'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { Field, Input } from '../components/ui/Field.tsx';
import { useDraftField } from './DraftContext.tsx';

interface NumberFieldProps {
  /** Path in the recipe, such as `schedule.epochs`. */
  name: string;
  label: string;
  hint?: string;
  /** Empty means null: no limit, or off. */
  nullable?: boolean;
}

/** A number of the recipe. What is typed is kept as it is typed, also while it is none. */
export function NumberField({ name, label, hint, nullable = false }: NumberFieldProps) {
  const t = useTranslations('newRun');
  const { value, error, set } = useDraftField(name);
  const [text, setText] = useState(() => show(value));
  // Changed elsewhere (another preset, the timeline).
  useEffect(() => setText((now) => (read(now) === value ? now : show(value))), [value]);
  return (
    <Field label={label} hint={hint} error={error}>
      {(props) => (
        <Input
          {...props}
          inputMode="decimal"
          value={text}
          placeholder={nullable ? t('off') : undefined}
          onChange={(event) => {
            setText(event.target.value);
            set(read(event.target.value));
          }}
        />
      )}
    </Field>
  );
}

const show = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** A number where it is one, null where nothing stands; else the text, which the contract then refuses. */
function read(text: string): number | string | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : trimmed;
}
