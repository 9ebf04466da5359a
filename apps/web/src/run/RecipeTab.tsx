'use client';

import { useTranslations } from 'next-intl';
import { Card } from '../components/ui/Card.tsx';
import { CopyButton } from '../components/ui/CopyButton.tsx';
import { useRun } from '../live/useRun.ts';

/** The whole recipe, as the API has it. */
export function RecipeTab() {
  const t = useTranslations('run.recipe');
  const { run } = useRun().model;
  if (run === null) return null;
  const text = JSON.stringify(run.spec, null, 2);
  return (
    <Card title={t('title')} actions={<CopyButton text={text} label={t('copy')} />}>
      <pre tabIndex={0} className="overflow-x-auto text-xs leading-relaxed text-muted">
        {text}
      </pre>
    </Card>
  );
}
