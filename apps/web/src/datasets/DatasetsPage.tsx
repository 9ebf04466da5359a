'use client';

import type { Dataset } from '@thaw/contract/datasets';
import { Plus, Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Input } from '../components/ui/Field.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Page } from '../shell/Page.tsx';
import { DatasetCard } from './DatasetCard.tsx';
import { useDatasets } from './queries.ts';
import { DropArea } from './upload/DropArea.tsx';
import { handOver } from './upload/handedOver.ts';

/** So many need no search. */
const fewDatasets = 8;

/** The data sets of a person, newest first, and the built-in ones after them. */
export function DatasetsPage({ initial }: { initial: Dataset[] }) {
  const t = useTranslations('datasets.list');
  const sentence = useProblemSentence();
  const router = useRouter();
  const { data, error } = useDatasets(initial);
  const [search, setSearch] = useState('');
  const shown = sorted(data).filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <DropArea
      onPicked={(picked) => {
        handOver(picked);
        router.push('/datasets/new');
      }}
    >
      <Page
        title={t('title')}
        description={t('description')}
        actions={
          <Button asChild look="primary">
            <Link href="/datasets/new">
              <Plus aria-hidden />
              {t('new')}
            </Link>
          </Button>
        }
      >
        {error !== null && (
          <div className="mb-4">
            <Notice tone="bad">{sentence(error)}</Notice>
          </div>
        )}
        {data.length > fewDatasets && (
          <Input type="search" value={search} onChange={(event) => setSearch(event.target.value)} aria-label={t('search')} placeholder={t('search')} className="mb-4 max-w-72" />
        )}
        <ul className="grid grid-cols-1 gap-4 sm:grid-cols-2 xl:grid-cols-3">
          {shown.map((dataset) => (
            <li key={dataset.id} className="flex">
              <DatasetCard dataset={dataset} />
            </li>
          ))}
          {search === '' && (
            <li className="flex">
              <Link
                href="/datasets/new"
                className="flex min-h-52 flex-1 flex-col items-center justify-center gap-1 rounded-xl border border-dashed border-line-strong p-6 text-center transition-colors hover:border-accent hover:bg-accent-soft"
              >
                <span className="mb-2 flex size-10 items-center justify-center rounded-full bg-hover text-muted">
                  <Upload className="size-5" aria-hidden />
                </span>
                <span className="text-sm font-semibold">{t('dropTitle')}</span>
                <span className="max-w-64 text-sm text-muted">{t('dropText')}</span>
              </Link>
            </li>
          )}
        </ul>
        {shown.length === 0 && search !== '' && <p className="py-16 text-center text-sm text-muted">{t('noMatch')}</p>}
      </Page>
    </DropArea>
  );
}

const sorted = (datasets: readonly Dataset[]): Dataset[] =>
  [...datasets].sort((a, b) => Number(a.builtIn) - Number(b.builtIn) || b.createdAt.localeCompare(a.createdAt));
