'use client';

import { useState, type FormEvent } from 'react';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';

export type Query = Readonly<Record<string, string | string[] | undefined>>;

interface AccountForm {
  busy: boolean;
  /** What is wrong, as a sentence. */
  error: string | null;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

/**
 * A form whose fields go to better-auth as they are named.
 * @param done with what it answered, once it agrees
 */
export function useAccountForm<T>(path: `/auth/${string}`, extra: Record<string, string>, done: (answer: T, fields: Record<string, string>) => void): AccountForm {
  const sentence = useProblemSentence();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const send = async (form: HTMLFormElement): Promise<void> => {
    const fields = Object.fromEntries([...new FormData(form)].filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
    setBusy(true);
    setError(null);
    try {
      done(await callApi<T>(path, { method: 'POST', body: { ...fields, ...extra } }), fields);
    } catch (failure) {
      setError(sentence(failure));
      setBusy(false);
    }
  };
  return {
    busy,
    error,
    onSubmit: (event) => {
      event.preventDefault();
      void send(event.currentTarget);
    },
  };
}

/** Where to go after signing in: a page of this dashboard, never another site. */
export function nextPage(query: Query): string {
  const { next } = query;
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/runs';
}
