import type { ReactNode } from 'react';

export interface SelectOption<Value extends string> {
  value: Value;
  label: ReactNode;
  hint?: ReactNode;
}

export interface SelectProps<Value extends string> {
  value: Value;
  onChange: (value: Value) => void;
  options: readonly SelectOption<Value>[];
  id?: string;
  disabled?: boolean;
  className?: string;
  /** Where no visible label names it. */
  'aria-label'?: string;
  'aria-invalid'?: boolean;
  'aria-describedby'?: string | undefined;
}

/** Of the button, open or not. */
export const selectLook =
  'inline-flex h-8 items-center justify-between gap-2 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink transition-colors hover:bg-hover disabled:opacity-50';
