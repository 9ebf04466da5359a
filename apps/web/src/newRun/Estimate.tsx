'use client';

import type { Dataset } from '@thaw/contract/datasets';
import type { RunSpec } from '@thaw/contract/runSpec';
import { useTranslations } from 'next-intl';
import { useFormats } from '../i18n/useFormats.ts';
import { estimateSeconds } from './estimateSeconds.ts';
import { useEarlierRuns } from './useEarlierRuns.ts';

/** How long it will take, by what the latest runs of this kind did. */
export function Estimate({ spec, dataset }: { spec: RunSpec; dataset: Dataset | undefined }) {
  const t = useTranslations('newRun.estimate');
  const { duration } = useFormats();
  const runs = useEarlierRuns();
  // The place of two lines is kept until it is known.
  if (runs === undefined || dataset === undefined) return <p className="min-h-10 text-sm" />;
  const seconds = estimateSeconds(spec, dataset, runs);
  return <p className="min-h-10 text-sm text-muted">{seconds === null ? t('unknown') : t('about', { duration: duration(seconds) })}</p>;
}
