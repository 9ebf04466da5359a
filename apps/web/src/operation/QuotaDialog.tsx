'use client';

import type { UserOverview } from '@thaw/contract/accounts';
import type { OwnQuota, QuotaKind, UserQuota } from '@thaw/contract/quotas';
import type { Usage } from '@thaw/contract/usage';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { toast } from '../components/ui/toast.ts';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Dialog } from '../components/ui/Dialog.tsx';
import { DialogForm } from '../components/ui/DialogForm.tsx';
import { Input } from '../components/ui/Field.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Select } from '../components/ui/Select.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { quotaKinds } from './kinds.ts';
import { useQuotaAmount } from './useQuotaAmount.ts';

type Choice = 'default' | 'own' | 'none';
/** Of one kind: by whom it is set, and the number as it is typed. */
interface Draft {
  choice: Choice;
  text: string;
}

/** Storage is typed in gigabytes. */
const unitOf = (kind: QuotaKind): number => (kind === 'storageBytes' ? 1e9 : 1);

/** A person's limits beside what they use: as for everyone, of their own, or none. */
export function QuotaDialog({ person, onClose }: { person: UserOverview; onClose: () => void }) {
  const t = useTranslations('operation.quota');
  const sentence = useProblemSentence();
  const path = `/v1/users/${encodeURIComponent(person.id)}` as const;
  const quota = useQuery({ queryKey: [path, 'quota'], queryFn: ({ signal }) => callApi<UserQuota>(`${path}/quota`, { signal }), staleTime: 0, gcTime: 0 });
  const usage = useQuery({ queryKey: [path, 'usage'], queryFn: ({ signal }) => callApi<Usage>(`${path}/usage`, { signal }) });
  const error = quota.error ?? usage.error;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('title', { name: person.name })} description={t('text')} className="sm:max-w-xl">
      {error !== null && <Notice tone="bad">{sentence(error)}</Notice>}
      {error === null && (quota.data === undefined || usage.data === undefined) && <Skeleton className="h-64 w-full" />}
      {quota.data !== undefined && usage.data !== undefined && <QuotaForm path={path} quota={quota.data} usage={usage.data} onClose={onClose} />}
    </Dialog>
  );
}

interface QuotaFormProps {
  path: `/v1/users/${string}`;
  quota: UserQuota;
  usage: Usage;
  onClose: () => void;
}

function QuotaForm({ path, quota, usage, onClose }: QuotaFormProps) {
  const t = useTranslations('operation.quota');
  const kinds = useTranslations('operation.usage.kinds');
  const queries = useQueryClient();
  const amount = useQuotaAmount();
  const [drafts, setDrafts] = useState<Readonly<Record<QuotaKind, Draft>>>(() => draftsOf(quota));
  const save = useMutation({
    mutationFn: () => callApi<UserQuota>(`${path}/quota`, { method: 'PUT', body: asOwnQuota(drafts) }),
    onSuccess: async () => {
      toast.success(t('saved'));
      onClose();
      await queries.invalidateQueries({ queryKey: [path, 'quota'] });
    },
  });
  const set = (kind: QuotaKind, changes: Partial<Draft>): void => setDrafts({ ...drafts, [kind]: { ...drafts[kind], ...changes } });
  return (
    <DialogForm work={save} send={t('save')} leave={t('leave')} onClose={onClose}>
      {quotaKinds.map((kind) => {
        const { choice, text } = drafts[kind];
        const { [kind]: everyone } = quota.defaults;
        return (
          <div key={kind} className="grid grid-cols-1 items-center gap-2 sm:grid-cols-[minmax(0,1fr)_9.5rem_7rem]">
            <div>
              <p className="text-sm font-medium">{kinds(kind)}</p>
              <p className="text-xs text-faint">{t('used', { used: amount(kind, usage.quota[kind].used) })}</p>
            </div>
            <Select
              aria-label={t('limitOf', { kind: kinds(kind) })}
              value={choice}
              onChange={(next: Choice) => set(kind, { choice: next })}
              options={[
                { value: 'default', label: t('asEveryone'), hint: everyone === null ? t('noneShort') : amount(kind, everyone) },
                { value: 'own', label: t('own') },
                { value: 'none', label: t('none') },
              ]}
            />
            {choice === 'own' ? (
              <div className="flex items-center gap-1.5">
                <Input type="number" min={0} step={kind === 'storageBytes' ? 'any' : 1} required aria-label={kinds(kind)} value={text} onChange={(event) => set(kind, { text: event.target.value })} className="min-w-0" />
                {kind === 'storageBytes' && <span className="text-xs text-faint">GB</span>}
              </div>
            ) : (
              <span className="text-sm text-muted tabular-nums">{choice === 'none' || everyone === null ? t('none') : amount(kind, everyone)}</span>
            )}
          </div>
        );
      })}
    </DialogForm>
  );
}

function draftsOf({ own, quota }: UserQuota): Readonly<Record<QuotaKind, Draft>> {
  const of = (kind: QuotaKind): Draft => {
    const [given, holds] = [own[kind], quota[kind]];
    return { choice: given === undefined ? 'default' : given === null ? 'none' : 'own', text: holds === null ? '' : String(holds / unitOf(kind)) };
  };
  return Object.fromEntries(quotaKinds.map((kind) => [kind, of(kind)])) as Record<QuotaKind, Draft>;
}

function asOwnQuota(drafts: Readonly<Record<QuotaKind, Draft>>): OwnQuota {
  const given = quotaKinds.filter((kind) => drafts[kind].choice !== 'default');
  return Object.fromEntries(given.map((kind) => [kind, drafts[kind].choice === 'none' ? null : Math.round(Number(drafts[kind].text) * unitOf(kind))]));
}
