'use client';

import { useLocale } from 'next-intl';
import { useState, type FormEvent } from 'react';
import { ApiError } from '../api/ApiError.ts';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';

export type Query = Readonly<Record<string, string | string[] | undefined>>;

export interface AccountFormOptions<T> {
  path: `/auth/${string}`;
  /** Sent with the fields, which go as they are named. */
  extra?: Record<string, string>;
  /** Sentences for kinds of problems that mean something of their own here; English has the API's. */
  sentences?: Partial<Record<string, string>>;
  done: (answer: T, fields: Record<string, string>) => void;
}

interface AccountForm {
  busy: boolean;
  /** What is wrong, as a sentence. */
  error: string | null;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

/** A form whose fields go to the API, and what comes of it. */
export function useAccountForm<T = undefined>({ path, extra = {}, sentences = {}, done }: AccountFormOptions<T>): AccountForm {
  const sentence = useProblemSentence();
  const locale = useLocale();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const send = async (form: HTMLFormElement): Promise<void> => {
    const fields = Object.fromEntries([...new FormData(form)].filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
    setBusy(true);
    setError(null);
    try {
      done(await callApi<T>(path, { method: 'POST', body: { ...fields, ...extra } }), fields);
    } catch (failure) {
      const own = locale !== 'en' && failure instanceof ApiError ? sentences[failure.kind] : undefined;
      setError(own ?? sentence(failure));
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
