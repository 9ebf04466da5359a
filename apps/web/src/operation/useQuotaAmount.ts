'use client';

import type { QuotaKind } from '@thaw/contract/quotas';
import { useTranslations } from 'next-intl';
import { useFormats } from '../i18n/useFormats.ts';

/** How much of a kind, with its unit. */
export function useQuotaAmount(): (kind: QuotaKind, value: number) => string {
  const t = useTranslations('operation.usage');
  const format = useFormats();
  return (kind, value) => (kind === 'storageBytes' ? format.bytes(value) : kind === 'gpuMinutes' ? t('minutes', { minutes: format.decimal(value) }) : format.count(value));
}
