import type { useTranslations } from 'next-intl';
import { ApiError } from './ApiError.ts';

type ProblemTranslator = ReturnType<typeof useTranslations<'problems'>>;

/**
 * A failure as a sentence that says what to do. The API's own sentence is the most exact one, and English: in another language the
 * sentence of its kind comes first.
 */
export function problemSentence(error: unknown, t: ProblemTranslator, locale: string): string {
  if (!(error instanceof ApiError)) return t('unknown');
  const key = error.kind as Parameters<ProblemTranslator>[0];
  const known = t.has(key) ? t(key) : null;
  const own = error.faults.length > 0 ? error.faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('\n') : error.message;
  if (error.status === 0) return known ?? own;
  if (known === null || locale === 'en') return own;
  return `${known} ${own}`;
}
