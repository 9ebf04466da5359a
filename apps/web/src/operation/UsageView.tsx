'use client';

import type { QuotaKind } from '@thaw/contract/quotas';
import type { Usage } from '@thaw/contract/usage';
import { useLocale, useTranslations } from 'next-intl';
import { Card } from '../components/ui/Card.tsx';
import { classNames } from '../components/ui/classNames.ts';
import { useFormats } from '../i18n/useFormats.ts';
import { UsageDays } from './UsageDays.tsx';
import { quotaKinds, storageKinds } from './kinds.ts';
import { useQuotaAmount } from './useQuotaAmount.ts';

const fills = ['bg-[var(--series-1)]', 'bg-[var(--series-2)]', 'bg-[var(--series-3)]', 'bg-[var(--series-4)]', 'bg-[var(--series-5)]', 'bg-[var(--series-6)]', 'bg-[var(--faint)]'];

/** Quotas with what is used of them, this month day by day, and what fills the storage. */
export function UsageView({ usage }: { usage: Usage }) {
  const t = useTranslations('operation.usage');
  const format = useFormats();
  const month = new Intl.DateTimeFormat(useLocale(), { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(`${usage.month}-01T00:00:00Z`));
  const total = storageKinds.reduce((sum, kind) => sum + (usage.storage[kind] ?? 0), 0);
  const kinds = storageKinds.filter((kind) => (usage.storage[kind] ?? 0) > 0);
  return (
    <div className="flex flex-col gap-5">
      <ul className="grid grid-cols-2 gap-3 lg:grid-cols-3 xl:grid-cols-5">
        {quotaKinds.map((kind) => (
          <Share key={kind} kind={kind} share={usage.quota[kind]} />
        ))}
      </ul>
      <Card title={t('days', { month })}>
        <UsageDays usage={usage} />
      </Card>
      <Card title={t('storage')}>
        {total === 0 ? (
          <p className="text-sm text-muted">{t('storageEmpty')}</p>
        ) : (
          <div className="flex flex-col gap-4">
            <div aria-hidden className="flex h-3 overflow-hidden rounded-full bg-hover">
              {kinds.map((kind) => (
                <div key={kind} className={fills[storageKinds.indexOf(kind)]} style={{ width: `${(100 * (usage.storage[kind] ?? 0)) / total}%` }} />
              ))}
            </div>
            <dl className="grid grid-cols-1 gap-x-8 gap-y-2 text-sm sm:grid-cols-2 lg:grid-cols-3">
              {kinds.map((kind) => (
                <div key={kind} className="flex items-center gap-2">
                  <span aria-hidden className={classNames('size-2.5 shrink-0 rounded-sm', fills[storageKinds.indexOf(kind)])} />
                  <dt className="flex-1 text-muted">{t(`storageKinds.${kind}`)}</dt>
                  <dd className="tabular-nums">{format.bytes(usage.storage[kind] ?? 0)}</dd>
                </div>
              ))}
            </dl>
          </div>
        )}
      </Card>
    </div>
  );
}

function Share({ kind, share }: { kind: QuotaKind; share: Usage['quota'][QuotaKind] }) {
  const t = useTranslations('operation.usage');
  const amount = useQuotaAmount();
  const { limit, used } = share;
  const fraction = limit === null ? 0 : limit === 0 ? 1 : Math.min(1, used / limit);
  return (
    <li className="flex flex-col gap-2 rounded-xl border border-line bg-surface p-4">
      <span className="text-xs text-faint">{t(`kinds.${kind}`)}</span>
      <span className="text-lg font-semibold tabular-nums">
        {amount(kind, used)}
        <span className="text-sm font-normal text-faint">{limit === null ? ` · ${t('noLimit')}` : ` ${t('ofLimit', { limit: amount(kind, limit) })}`}</span>
      </span>
      <div
        role="progressbar"
        aria-label={t(`kinds.${kind}`)}
        aria-valuenow={Math.round(100 * fraction)}
        aria-valuemin={0}
        aria-valuemax={100}
        className={classNames('h-1.5 overflow-hidden rounded-full bg-active', limit === null && 'invisible')}
      >
        <div className={classNames('h-full rounded-full', fraction >= 1 ? 'bg-bad' : fraction >= 0.8 ? 'bg-warn' : 'bg-accent')} style={{ width: `${100 * fraction}%` }} />
      </div>
    </li>
  );
}
