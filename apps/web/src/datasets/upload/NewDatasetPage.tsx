'use client';

import type { Dataset } from '@thaw/contract/datasets';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useState } from 'react';
import { Page } from '../../shell/Page.tsx';
import { DropArea } from './DropArea.tsx';
import { takeHandedOver } from './handedOver.ts';
import type { Picked } from './pickFiles.ts';
import { ChooseFiles } from './ChooseFiles.tsx';
import { UploadForm } from './UploadForm.tsx';
import { UploadHelp } from './UploadHelp.tsx';

/** Choose an archive or a folder, say how it is to be taken, and send it: a new data set, or a new version of one (`into`). */
export function NewDatasetPage({ into }: { into: Dataset | null }) {
  const t = useTranslations('datasets');
  const [picked, setPicked] = useState<Picked | null>(takeHandedOver);
  const source = picked !== null && 'source' in picked ? picked.source : null;
  return (
    <DropArea onPicked={setPicked}>
      <Page
        above={
          <Link href={into === null ? '/datasets' : `/datasets/${into.id}`} className="hover:text-ink">
            {into === null ? t('list.title') : into.name}
          </Link>
        }
        title={into === null ? t('upload.title') : t('upload.titleVersion', { name: into.name })}
      >
        <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
          {source === null ? (
            <ChooseFiles onPicked={setPicked} refusal={picked !== null && 'refusal' in picked ? picked.refusal : null} />
          ) : (
            <UploadForm key={source.fingerprint} source={source} into={into} onBack={() => setPicked(null)} />
          )}
          <UploadHelp />
        </div>
      </Page>
    </DropArea>
  );
}
