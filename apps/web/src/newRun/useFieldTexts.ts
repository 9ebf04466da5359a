'use client';

import { useTranslations } from 'next-intl';
import type { FieldName, HintName } from './fieldName.ts';
import type { Option } from './recipeFields.ts';

/** What fields and choices are called. */
export function useFieldTexts() {
  const t = useTranslations('newRun.fields');
  const tChoice = useTranslations('newRun.choices');
  const tHint = useTranslations('newRun.hints');
  return {
    label: (name: FieldName): string => t(name),
    hint: (name: FieldName): string | undefined => (tHint.has(name as HintName) ? tHint(name as HintName) : undefined),
    choice: (option: Option): string => ('word' in option ? tChoice(option.word) : option.label),
  };
}
