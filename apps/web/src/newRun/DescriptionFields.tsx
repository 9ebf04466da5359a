'use client';

import { ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Field, Input, TextArea } from '../components/ui/Field.tsx';
import type { Description } from './description.ts';
import { useDraft } from './DraftContext.tsx';

interface DescriptionFieldsProps {
  value: Description;
  onChange: (value: Description) => void;
  /** Name of the run that it begins as a copy of. */
  copyOf: string | undefined;
}

/** Name, and folded away tags, notes and priority. */
export function DescriptionFields({ value, onChange, copyOf }: DescriptionFieldsProps) {
  const t = useTranslations('newRun');
  const { faults } = useDraft();
  const errorOf = (field: keyof Description): string | undefined => faults.find(({ path }) => path[0] === field)?.message;
  return (
    <>
      <Field label={t('name')} hint={copyOf === undefined ? t('nameHint') : t('nameOfCopy', { name: copyOf })} error={errorOf('name')}>
        {(props) => <Input {...props} value={value.name} maxLength={200} onChange={(event) => onChange({ ...value, name: event.target.value })} />}
      </Field>
      <details className="group" open={['tags', 'notes', 'priority'].some((field) => errorOf(field as keyof Description) !== undefined) || undefined}>
        <summary className="flex w-fit cursor-pointer list-none items-center gap-1 text-sm text-muted">
          <ChevronRight className="size-4 text-faint transition-transform group-open:rotate-90" aria-hidden />
          {t('description')}
        </summary>
        <div className="mt-3 flex flex-col gap-4">
          <Field label={t('tags')} hint={t('tagsHint')} error={errorOf('tags')}>
            {(props) => <Input {...props} value={value.tags} onChange={(event) => onChange({ ...value, tags: event.target.value })} />}
          </Field>
          <Field label={t('notes')} error={errorOf('notes')}>
            {(props) => <TextArea {...props} value={value.notes} maxLength={10_000} onChange={(event) => onChange({ ...value, notes: event.target.value })} />}
          </Field>
          <Field label={t('priority')} hint={t('priorityHint')} error={errorOf('priority')}>
            {(props) => <Input {...props} inputMode="numeric" value={value.priority} onChange={(event) => onChange({ ...value, priority: event.target.value })} />}
          </Field>
        </div>
      </details>
    </>
  );
}
