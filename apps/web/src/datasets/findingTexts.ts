import type { QuarantinedFile } from '@thaw/contract/datasets';
import type { QuarantineCode, ReportCode, ReportEntry } from '@thaw/contract/report';
import type { useTranslations } from 'next-intl';
import type { Formats } from '../i18n/useFormats.ts';

/** What is said beyond the code, where the API gives its facts. */
const detailed = ['layout', 'split_made', 'file_names_decoded', 'exact_duplicates', 'near_duplicates', 'few_images', 'class_imbalance', 'too_few_classes'] as const satisfies readonly ReportCode[];
const detailedFiles = ['format_unsupported', 'too_many_pixels', 'too_large'] as const satisfies readonly QuarantineCode[];

/** A finding in the person's language. One of a version that was made before findings had facts is whole in English alone. */
export function findingText({ code, message, facts }: ReportEntry, t: ReturnType<typeof useTranslations<'datasets.report'>>, locale: string): string {
  const special = detailed.find((one) => one === code);
  if (facts === undefined || special === undefined) return locale === 'en' ? message : t(`codes.${code}.text`);
  return sentences([t(`codes.${code}.text`), t(`codes.${special}.detail`, { ...facts, where: facts['root'] === '/' ? 'top' : 'inside' })], locale);
}

/** Why a file was not taken, likewise. */
export function quarantineText({ code, message, facts }: QuarantinedFile, t: ReturnType<typeof useTranslations<'datasets.quarantined'>>, { locale, bytes }: { locale: string; bytes: Formats['bytes'] }): string {
  const special = detailedFiles.find((one) => one === code);
  if (facts === undefined || special === undefined) return locale === 'en' ? message : t(`codes.${code}`);
  const values = special === 'too_large' ? { limit: bytes(Number(facts['limit'])) } : facts;
  return sentences([t(`codes.${code}`), t(`details.${special}`, values)], locale);
}

const sentences = (parts: readonly string[], locale: string): string => parts.join(locale === 'zh-CN' ? '' : ' ');
