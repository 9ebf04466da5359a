'use client';

import { personScope, type madeKey, type PersonScope } from '@thaw/contract/apiKeys';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import type { z } from 'zod';
import { callApi } from '../api/callApi.ts';
import { Button } from '../components/ui/Button.tsx';
import { Checkbox } from '../components/ui/Checkbox.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { DialogForm } from '../components/ui/DialogForm.tsx';
import { Field, Input } from '../components/ui/Field.tsx';
import { Select } from '../components/ui/Select.tsx';
import { SecretOnce } from './SecretOnce.tsx';

const lifetimes = ['30', '90', '365', 'never'] as const;

/** Makes a key, and shows it with a line that uses it: this once. */
export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('settings.keys');
  const queries = useQueryClient();
  const group = useId();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly PersonScope[]>(['read', 'runs', 'datasets']);
  const [days, setDays] = useState<(typeof lifetimes)[number]>('90');
  const make = useMutation({
    mutationFn: () => {
      const expiresAt = days === 'never' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString();
      return callApi<z.infer<typeof madeKey>>('/v1/api-keys', { method: 'POST', body: { name, scopes, expiresAt } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['/v1/api-keys'] }),
  });
  if (make.data !== undefined) {
    const line = `curl -H "Authorization: Bearer ${make.data.key}" ${window.location.origin}/api/v1/runs`;
    return (
      <Dialog open onOpenChange={(open) => !open && onClose()} title={t('madeTitle', { name: make.data.name })} className="sm:max-w-xl" actions={<Button look="primary" onClick={onClose}>{t('done')}</Button>}>
        <SecretOnce secret={make.data.key} line={line} />
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('make')}>
      <DialogForm work={make} send={t('makeNow')} leave={t('leave')} ready={scopes.length > 0} onClose={onClose}>
        <Field label={t('name')} hint={t('nameHint')}>
          {(props) => <Input {...props} value={name} onChange={(event) => setName(event.target.value)} required maxLength={100} pattern=".*\S.*" autoComplete="off" />}
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-2 text-sm font-medium">{t('may')}</legend>
          {personScope.options.map((scope) => (
            <div key={scope} className="flex items-start gap-2.5 text-sm">
              <Checkbox id={`${group}-${scope}`} className="mt-0.5" checked={scopes.includes(scope)} onChange={(on) => setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))} />
              <label htmlFor={`${group}-${scope}`}>
                <span className="font-medium">{t(`scopes.${scope}`)}</span> <span className="text-muted">{t(`scopeTexts.${scope}`)}</span>
              </label>
            </div>
          ))}
        </fieldset>
        <Field label={t('lifetime')}>
          {(props) => <Select {...props} value={days} onChange={setDays} className="w-full" options={lifetimes.map((value) => ({ value, label: value === 'never' ? t('forever') : t('days', { count: Number(value) }) }))} />}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
