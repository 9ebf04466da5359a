'use client';

import { useEffect, useState } from 'react';
import { typedNumber } from './typedNumber.ts';

/** A number as it is typed: what is typed is kept, also while it is none. `set` gets the text itself then, which the contract refuses. */
export function useTypedNumber(value: unknown, set: (value: unknown) => void): { text: string; type: (text: string) => void } {
  const [text, setText] = useState(() => show(value));
  // Changed elsewhere (another preset, the timeline).
  useEffect(() => setText((now) => (typedNumber(now) === value ? now : show(value))), [value]);
  return {
    text,
    type: (next) => {
      setText(next);
      set(typedNumber(next));
    },
  };
}

const show = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
