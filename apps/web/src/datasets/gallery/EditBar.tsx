'use client';

import type { DatasetVersion } from '@thaw/contract/datasets';
import { useTranslations } from 'next-intl';
import { useProblemSentence } from '../../api/useProblemSentence.ts';
import { Button } from '../../components/ui/Button.tsx';
import { Notice } from '../../components/ui/Notice.tsx';
import { useNewVersion } from '../useNewVersion.ts';
import { asRequest, noEdits, type Edits } from './edits.ts';

/** What has been marked so far, and the button that makes a version of it. */
export function EditBar({ version, edits, onChange }: { version: DatasetVersion; edits: Edits; onChange: (edits: Edits) => void }) {
  const t = useTranslations('datasets.edits');
  const sentence = useProblemSentence();
  const make = useNewVersion(version.dataset, () => onChange(noEdits));
  if (edits.size === 0) return null;
  const { exclude = [], relabel = [] } = asRequest(edits);
  return (
    <div role="region" aria-label={t('label')} className="sticky bottom-4 z-20 flex animate-in flex-col gap-2 rounded-xl border border-line bg-raised p-3 shadow-pop">
      {make.error !== null && (
        <Notice tone="bad" alert>
          {sentence(make.error)}
        </Notice>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <p className="mr-auto text-sm">
          {[...(exclude.length === 0 ? [] : [t('excluded', { count: exclude.length })]), ...(relabel.length === 0 ? [] : [t('relabelled', { count: relabel.length })])].join(' · ')}
        </p>
        <Button look="quiet" onClick={() => onChange(noEdits)}>
          {t('discard')}
        </Button>
        <Button look="primary" busy={make.isPending} onClick={() => make.mutate({ from: version.version, edits: asRequest(edits) })}>
          {t('make')}
        </Button>
      </div>
    </div>
  );
}
