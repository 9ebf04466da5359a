'use client';

import type { DatasetVersion } from '@thaw/contract/datasets';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { Field } from '../components/ui/Field.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { ClassSelect } from './ClassSelect.tsx';
import { useNewVersion } from './useNewVersion.ts';

/** Puts a class into another one: a new version is made. */
export function MergeDialog({ version, from, onClose }: { version: DatasetVersion; from: string; onClose: () => void }) {
  const t = useTranslations('datasets.merge');
  const sentence = useProblemSentence();
  const others = version.classes.map(({ name }) => name).filter((name) => name !== from);
  const [to, setTo] = useState(others[0] ?? '');
  const make = useNewVersion(version.dataset, onClose);
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={t('title', { name: from })}
      description={t('text')}
      actions={
        <>
          <Button onClick={onClose}>{t('leave')}</Button>
          <Button look="primary" busy={make.isPending} onClick={() => make.mutate({ from: version.version, edits: { mergeClasses: [{ from, to }] } })}>
            {t('make')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {make.error !== null && (
          <Notice tone="bad" alert>
            {sentence(make.error)}
          </Notice>
        )}
        <Field label={t('into')}>{(props) => <ClassSelect {...props} value={to} onChange={setTo} classes={others} className="w-full" />}</Field>
      </div>
    </Dialog>
  );
}
