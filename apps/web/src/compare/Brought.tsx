'use client';

import type { RunComparison } from '@thaw/contract/runComparison';
import { useLocale, useTranslations } from 'next-intl';
import { Card } from '../components/ui/Card.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { gainsOf } from './gains.ts';

/** Where a run stands beside its companions: what pretraining and fine-tuning brought, in a sentence of numbers each. */
export function Brought({ runs }: Pick<RunComparison, 'runs'>) {
  const t = useTranslations('compare.brought');
  const locale = useLocale();
  const { percent, decimal } = useFormats();
  const groups = gainsOf(runs);
  if (groups.length === 0) return null;
  const points = (value: number): string => `${value < 0 ? '−' : ''}${decimal(Math.abs(value))}`;
  return (
    <Card title={t('title')}>
      <div className="flex flex-col gap-3">
        {groups.map(({ run, own, gains }) => (
          <p key={run.id} className="text-sm">
            {groups.length > 1 && <span className="mr-2 font-medium">{run.name}</span>}
            {gains.map(({ kind, other }) => t(kind, { points: points((own - other) * 100), own: percent(own), other: percent(other) })).join(locale === 'zh-CN' ? '' : ' ')}
          </p>
        ))}
      </div>
    </Card>
  );
}
