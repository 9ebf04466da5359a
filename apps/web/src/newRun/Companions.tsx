'use client';

import { companionKind } from '@thaw/contract/runSpec';
import { useTranslations } from 'next-intl';
import { Checkbox } from '../components/ui/Checkbox.tsx';
import { useDraft, useDraftField } from './DraftContext.tsx';
import { isFaultOf } from './fieldPaths.ts';

/** What the run is to be compared with; each is trained beside it, on the same data. */
export function Companions() {
  const t = useTranslations('newRun.companions');
  const { faults } = useDraft();
  const { value, set } = useDraftField('companions');
  const error = faults.find((fault) => isFaultOf(['companions'], fault))?.message;
  const chosen = Array.isArray(value) ? (value as string[]) : [];
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-sm font-medium">{t('title')}</legend>
      {companionKind.options.map((kind) => (
        <label key={kind} className="flex items-start gap-2 text-sm text-muted">
          <Checkbox className="mt-0.5" checked={chosen.includes(kind)} onChange={(on) => set(companionKind.options.filter((one) => (one === kind ? on : chosen.includes(one))))} />
          {t(kind)}
        </label>
      ))}
      {error !== undefined && <p className="text-xs text-bad">{error}</p>}
    </fieldset>
  );
}
