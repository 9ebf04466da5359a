'use client';

import type { Run, RunWithCompanions } from '@thaw/contract/runs';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { FormEvent } from 'react';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { Field, Input, TextArea } from '../components/ui/Field.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { useRun } from '../live/useRun.ts';
import { typedTags } from './typedTags.ts';

interface DescribeDialogProps {
  run: Run;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Name, tags and notes. With the edition that was read, so that nobody's change is overwritten unseen. */
export function DescribeDialog({ run, open, onOpenChange }: DescribeDialogProps) {
  const t = useTranslations('run.describe');
  const sentence = useProblemSentence();
  const store = useRun();
  const queries = useQueryClient();
  const queryKey = ['run', run.id, 'description', run.edition];
  const current = useQuery({ queryKey, queryFn: ({ signal }) => callApi<RunWithCompanions>(`/v1/runs/${run.id}`, { signal }), enabled: open });
  const save = useMutation({
    mutationFn: (body: object) => callApi<RunWithCompanions>(`/v1/runs/${run.id}`, { method: 'PATCH', body, headers: { 'if-match': `"${current.data?.edition ?? run.edition}"` } }),
    onSuccess: async (changed) => {
      store.take(changed);
      onOpenChange(false);
      await queries.invalidateQueries({ queryKey: ['runs'] });
    },
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const text = (name: string): string => String(fields.get(name));
    save.mutate({ name: text('name'), tags: typedTags(text('tags')), notes: text('notes') });
  };
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('title')}>
      {current.data !== undefined && (
        <form className="flex flex-col gap-4" onSubmit={onSubmit}>
          {save.error !== null && (
            <Notice tone="bad" alert>
              {sentence(save.error)}
            </Notice>
          )}
          <Field label={t('name')}>{(props) => <Input {...props} name="name" defaultValue={current.data.name} required maxLength={200} />}</Field>
          <Field label={t('tags')} hint={t('tagsHint')}>
            {(props) => <Input {...props} name="tags" defaultValue={current.data.tags.join(', ')} />}
          </Field>
          <Field label={t('notes')}>{(props) => <TextArea {...props} name="notes" defaultValue={current.data.notes} maxLength={10_000} />}</Field>
          <div className="flex justify-end gap-2">
            <Button onClick={() => onOpenChange(false)}>{t('leave')}</Button>
            <Button type="submit" look="primary" busy={save.isPending}>
              {t('save')}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
