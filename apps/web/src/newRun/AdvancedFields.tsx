'use client';

import type { RunSpec } from '@thaw/contract/runSpec';
import { ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Badge } from '../components/ui/Badge.tsx';
import { Card } from '../components/ui/Card.tsx';
import { countChanges, isFaultOf, pathsOf } from './fieldPaths.ts';
import type { Draft } from './draft.ts';
import { useDraft } from './DraftContext.tsx';
import { FieldRows } from './FieldRows.tsx';
import { advancedGroups } from './recipeFields.ts';

type GroupName = keyof typeof advancedGroups;

/** All that is seldom changed, in groups that are folded away; each says what it holds that is not as in `base`. */
export function AdvancedFields({ base }: { base: RunSpec }) {
  const t = useTranslations('newRun');
  return (
    <Card title={t('advanced')}>
      <div className="-mx-4 -mb-4 divide-y divide-line border-t border-line">
        {(Object.keys(advancedGroups) as GroupName[]).map((name) => (
          <Group key={name} name={name} base={base} />
        ))}
      </div>
    </Card>
  );
}

function Group({ name, base }: { name: GroupName; base: RunSpec }) {
  const t = useTranslations('newRun');
  const { draft, faults } = useDraft();
  const [open, setOpen] = useState(false);
  const rows = advancedGroups[name];
  const changed = countChanges(rows, draft, base as unknown as Draft);
  const paths = pathsOf(rows);
  const wrong = faults.filter((fault) => isFaultOf(paths, fault)).length;
  return (
    <details className="group" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex cursor-pointer list-none items-center gap-2 px-4 py-2.5 text-sm font-medium -outline-offset-2">
        <ChevronRight className="size-4 text-faint transition-transform group-open:rotate-90" aria-hidden />
        {t(`groups.${name}`)}
        <span className="ml-auto flex gap-1.5">
          {wrong > 0 && <Badge tone="bad">{t('wrong', { count: wrong })}</Badge>}
          {changed > 0 && <Badge>{t('changed', { count: changed })}</Badge>}
        </span>
      </summary>
      {open && (
        <div className="grid grid-cols-2 items-start gap-4 px-4 pt-1 pb-5 sm:grid-cols-4">
          <FieldRows rows={rows} />
        </div>
      )}
    </details>
  );
}
