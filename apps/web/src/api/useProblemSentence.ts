'use client';

import { useLocale, useTranslations } from 'next-intl';
import { useCallback } from 'react';
import { problemSentence } from './problemSentence.ts';

/** A function that makes a sentence of any failure, in the person's language. */
export function useProblemSentence(): (error: unknown) => string {
  const t = useTranslations('problems');
  const locale = useLocale();
  return useCallback((error: unknown) => problemSentence(error, t, locale), [t, locale]);
}
