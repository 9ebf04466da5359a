'use client';

import { split, type DatasetVersion } from '@thaw/contract/datasets';
import { imageIssue } from '@thaw/contract/report';
import { SearchX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useProblemSentence } from '../../api/useProblemSentence.ts';
import { Button } from '../../components/ui/Button.tsx';
import { EmptyState } from '../../components/ui/EmptyState.tsx';
import { Notice } from '../../components/ui/Notice.tsx';
import { Select } from '../../components/ui/Select.tsx';
import { useFormats } from '../../i18n/useFormats.ts';
import { usePlace } from '../usePlace.ts';
import { EditBar } from './EditBar.tsx';
import { ImageDialog } from './ImageDialog.tsx';
import { ImageGrid } from './ImageGrid.tsx';
import { keyOf, noEdits, type Edits } from './edits.ts';
import { useImages } from './useImages.ts';

const all = '*';

/** The pictures of a version, by part, class and issue. Of one's own data sets pictures can be left out or given another class. */
export function ImagesTab({ version, editable }: { version: DatasetVersion; editable: boolean }) {
  const t = useTranslations('datasets.images');
  const codes = useTranslations('datasets.report.codes');
  const parts = useTranslations('datasets.splits');
  const format = useFormats();
  const sentence = useProblemSentence();
  const [place, go] = usePlace();
  const [edits, setEdits] = useState<Edits>(noEdits);
  const [open, setOpen] = useState<number | null>(null);
  const filter = {
    split: version.splits.find((one) => one.split === place.split)?.split ?? null,
    class: version.classes.find(({ name }) => name === place.class)?.name ?? null,
    issue: imageIssue.safeParse(place.issue).data ?? null,
  };
  const found = useImages(version, filter);
  const images = found.data?.pages.flatMap(({ items }) => items) ?? [];
  const issues = version.report.filter(({ code }) => imageIssue.safeParse(code).success);
  const total = countOf(version, filter);
  const pick = (name: 'split' | 'class' | 'issue') => (value: string) => go({ [name]: value === all ? null : value });
  const shown = open === null ? undefined : images[open];
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <Select
          aria-label={t('part')}
          value={filter.split ?? all}
          onChange={pick('split')}
          options={[{ value: all, label: t('allParts') }, ...split.options.flatMap((one) => version.splits.filter((found) => found.split === one)).map((one) => ({ value: one.split, label: parts(one.split), hint: format.count(one.images) }))]}
        />
        <Select
          aria-label={t('class')}
          value={filter.class ?? all}
          onChange={pick('class')}
          className="max-w-60"
          options={[{ value: all, label: t('allClasses') }, ...version.classes.map(({ name, count }) => ({ value: name, label: name, hint: format.count(count) }))]}
        />
        {issues.length > 0 && (
          <Select
            aria-label={t('issue')}
            value={filter.issue ?? all}
            onChange={pick('issue')}
            className="max-w-72"
            options={[{ value: all, label: t('allIssues') }, ...issues.map(({ code, count }) => ({ value: code, label: codes(`${code}.title`), hint: format.count(count) }))]}
          />
        )}
        <p className="ml-auto text-sm text-faint tabular-nums" aria-live="polite">
          {total !== null ? t('count', { count: total }) : found.hasNextPage === false ? t('count', { count: images.length }) : ''}
        </p>
      </div>
      {found.error !== null && <Notice tone="bad">{sentence(found.error)}</Notice>}
      {found.isSuccess && images.length === 0 ? (
        <EmptyState icon={SearchX} title={t('emptyTitle')} actions={<Button onClick={() => go({ split: null, class: null, issue: null })}>{t('showAll')}</Button>}>
          {t('emptyText')}
        </EmptyState>
      ) : (
        <ImageGrid
          images={images}
          total={total}
          edits={edits}
          onOpen={setOpen}
          hasMore={found.hasNextPage}
          onMore={() => {
            if (!found.isFetchingNextPage) void found.fetchNextPage();
          }}
        />
      )}
      {editable && <EditBar version={version} edits={edits} onChange={setEdits} />}
      {shown !== undefined && open !== null && (
        <ImageDialog
          image={shown}
          version={version}
          editable={editable}
          edit={edits.get(keyOf(shown))}
          onEdit={(edit) => {
            const next = new Map(edits);
            if (edit === undefined) next.delete(keyOf(shown));
            else next.set(keyOf(shown), edit);
            setEdits(next);
          }}
          onMove={(by) => setOpen(Math.min(images.length - 1, Math.max(0, open + by)))}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
}

/** How many images there are; null where only the list itself tells. */
function countOf(version: DatasetVersion, { split: part, class: name, issue }: { split: string | null; class: string | null; issue: string | null }): number | null {
  if (issue !== null) return part === null && name === null ? (version.report.find(({ code }) => code === issue)?.count ?? null) : null;
  const index = name === null ? null : version.classes.findIndex((one) => one.name === name);
  return version.splits.filter((one) => part === null || one.split === part).reduce((sum, one) => sum + (index === null ? one.images : (one.classCounts[index] ?? 0)), 0);
}
