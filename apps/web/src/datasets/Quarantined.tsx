'use client';

import type { DatasetVersion, QuarantinedFile } from '@thaw/contract/datasets';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { quarantineText } from './findingTexts.ts';
import { datasetPath } from './queries.ts';

interface QuarantinedPage {
  items: QuarantinedFile[];
  nextCursor: string | null;
}

/** Files of the upload that were not taken, each with its reason; asked for once they are wanted. */
export function Quarantined({ version }: { version: DatasetVersion }) {
  const t = useTranslations('datasets.quarantined');
  const locale = useLocale();
  const { bytes } = useFormats();
  const sentence = useProblemSentence();
  const [open, setOpen] = useState(false);
  const found = useInfiniteQuery({
    queryKey: ['dataset', version.dataset, 'quarantined', version.version],
    queryFn: ({ pageParam, signal }) =>
      callApi<QuarantinedPage>(datasetPath(version.dataset, `/versions/${version.version}/quarantined?limit=50${pageParam === '' ? '' : `&cursor=${encodeURIComponent(pageParam)}`}`), { signal }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    enabled: open,
    staleTime: Infinity,
  });
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="mt-1 flex flex-col gap-2">
      <Button size="small" look="quiet" className="-ml-2 w-fit" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? t('hide') : t('show', { count: version.quarantined })}
      </Button>
      {open && found.error !== null && <Notice tone="bad">{sentence(found.error)}</Notice>}
      {open && items.length > 0 && (
        <Table aria-label={t('label')}>
          <thead>
            <tr>
              <HeadCell>{t('file')}</HeadCell>
              <HeadCell>{t('why')}</HeadCell>
            </tr>
          </thead>
          <tbody>
            {items.map((file, index) => (
              <tr key={`${index} ${file.path}`}>
                <Cell className="font-mono text-xs break-all">{file.path}</Cell>
                <Cell className="min-w-48 text-muted">{quarantineText(file, t, { locale, bytes })}</Cell>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {open && found.hasNextPage && (
        <Button size="small" className="w-fit" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
    </div>
  );
}
