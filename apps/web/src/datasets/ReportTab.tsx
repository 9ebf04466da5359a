'use client';

import type { DatasetVersion } from '@thaw/contract/datasets';
import { imageIssue, type Remedy, type ReportEntry } from '@thaw/contract/report';
import { CircleAlert, CircleCheck, Info, TriangleAlert, Wrench } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { classNames } from '../components/ui/classNames.ts';
import { EmptyState } from '../components/ui/EmptyState.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { bySeverity } from './facts.ts';
import { findingText } from './findingTexts.ts';
import { Quarantined } from './Quarantined.tsx';
import { useNewVersion } from './useNewVersion.ts';
import { usePlace } from './usePlace.ts';

const marks = { error: { icon: CircleAlert, tone: 'text-bad' }, warning: { icon: TriangleAlert, tone: 'text-warn' }, info: { icon: Info, tone: 'text-faint' } } as const;
const mostFiles = 3;

interface ReportTabProps {
  version: DatasetVersion;
  /** Whether it is the person's own. */
  editable: boolean;
}

/** What the import found, the gravest first, and what puts it right: each remedy makes a new version. */
export function ReportTab({ version, editable }: ReportTabProps) {
  const t = useTranslations('datasets.report');
  const sentence = useProblemSentence();
  const make = useNewVersion(version.dataset);
  const entries = bySeverity(version.report);
  const remedies = editable ? [...new Set(entries.flatMap(({ remedy }) => remedy ?? []))] : [];
  const apply = (some: Remedy[]): void => make.mutate({ from: version.version, remedies: some });
  if (entries.length === 0) {
    return (
      <EmptyState icon={CircleCheck} title={t('emptyTitle')}>
        {t('emptyText')}
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {make.error !== null && (
        <Notice tone="bad" alert>
          {sentence(make.error)}
        </Notice>
      )}
      {remedies.length > 1 && (
        <Notice
          title={t('allTitle', { count: remedies.length })}
          action={
            <Button size="small" look="primary" busy={make.isPending} onClick={() => apply(remedies)}>
              {t('all')}
            </Button>
          }
        >
          {t('allText')}
        </Notice>
      )}
      <ul className="divide-y divide-line rounded-xl border border-line bg-surface">
        {entries.map((entry) => (
          <Entry key={entry.code} entry={entry} version={version} remedy={editable ? entry.remedy : null} busy={make.isPending} onApply={(remedy) => apply([remedy])} />
        ))}
      </ul>
    </div>
  );
}

interface EntryProps {
  entry: ReportEntry;
  version: DatasetVersion;
  remedy: Remedy | null;
  busy: boolean;
  onApply: (remedy: Remedy) => void;
}

function Entry({ entry, version, remedy, busy, onApply }: EntryProps) {
  const t = useTranslations('datasets.report');
  const locale = useLocale();
  const format = useFormats();
  const [, go] = usePlace();
  const { code, severity, count, files } = entry;
  const { icon: Icon, tone } = marks[severity];
  const marked = imageIssue.safeParse(code).success;
  return (
    <li className="flex items-start gap-3 p-4">
      <Icon className={classNames('mt-0.5 size-4 shrink-0', tone)} role="img" aria-label={t(`severity.${severity}`)} />
      <div className="flex min-w-0 flex-1 flex-col gap-1.5">
        <div className="flex flex-wrap items-baseline gap-x-2">
          <h2 className="text-sm font-semibold">{t(`codes.${code}.title`)}</h2>
          {count > 0 && <span className="text-xs text-faint tabular-nums">{format.count(count)}</span>}
        </div>
        <p className="text-sm text-muted">{findingText(entry, t, locale)}</p>
        {files.length > 0 && code !== 'quarantined_files' && <Files files={files} count={count} />}
        {(remedy !== null || marked) && (
          <div className="mt-1 flex flex-wrap gap-2">
            {remedy !== null && (
              <Button size="small" disabled={busy} onClick={() => onApply(remedy)}>
                <Wrench aria-hidden />
                {t(`remedies.${remedy}`)}
              </Button>
            )}
            {marked && (
              <Button size="small" look="quiet" className={remedy === null ? '-ml-2' : undefined} onClick={() => go({ tab: null, split: null, class: null, issue: code })}>
                {t('show')}
              </Button>
            )}
          </div>
        )}
        {code === 'quarantined_files' && version.quarantined > 0 && <Quarantined version={version} />}
      </div>
    </li>
  );
}

function Files({ files, count }: { files: readonly string[]; count: number }) {
  const t = useTranslations('datasets.report');
  const list = (some: readonly string[]) => (
    <ul className="flex flex-col font-mono text-xs text-muted">
      {some.map((file) => (
        <li key={file} className="break-all">
          {file}
        </li>
      ))}
    </ul>
  );
  if (files.length <= mostFiles) return list(files);
  return (
    <details className="group">
      <summary className="w-fit cursor-pointer rounded text-xs text-faint hover:text-ink">{t('files', { shown: files.length, count: Math.max(count, files.length) })}</summary>
      <div className="mt-1">{list(files)}</div>
    </details>
  );
}
