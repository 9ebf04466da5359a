'use client';

import type { DatasetVersion } from '@thaw/contract/datasets';
import { useTranslations } from 'next-intl';
import { useFormats } from '../i18n/useFormats.ts';

/** Where a version comes from, in words. */
export function useOrigin(origin: DatasetVersion['origin']): string {
  const t = useTranslations('datasets.origin');
  const remedyNames = useTranslations('datasets.report.remedies');
  const format = useFormats();
  if (origin.kind === 'builtin') return t('builtin');
  if (origin.kind === 'upload') return t('upload', { file: origin.file, bytes: format.bytes(origin.bytes) });
  const { from, remedies, excluded, relabelled, mergeClasses, resplit } = origin;
  const done = [
    ...remedies.map((remedy) => remedyNames(remedy)),
    ...(excluded === 0 ? [] : [t('excluded', { count: excluded })]),
    ...(relabelled === 0 ? [] : [t('relabelled', { count: relabelled })]),
    ...(remedies.includes('merge_case_classes') ? [] : mergeClasses.map((one) => t('merged', one))),
    ...(resplit === null || remedies.includes('resplit') ? [] : [t('resplit', { share: Math.round(100 * resplit.testFraction) })]),
  ];
  return t('edit', { from, done: done.join(t('and')) });
}
