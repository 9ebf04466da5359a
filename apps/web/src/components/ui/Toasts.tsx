'use client';

import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useSyncExternalStore } from 'react';
import { toasts, type Toast } from './toast.ts';

const none: readonly Toast[] = [];
/** Milliseconds: what went wrong is read more slowly. */
const stays = { good: 5000, bad: 10_000 } as const;

/** The corner where toasts appear. */
export function Toasts() {
  const list = useSyncExternalStore(toasts.subscribe, toasts.snapshot, () => none);
  return (
    <div aria-live="polite" className="pointer-events-none fixed right-4 bottom-4 z-50 flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2">
      {list.map((one) => (
        <ToastCard key={one.id} toast={one} />
      ))}
    </div>
  );
}

function ToastCard({ toast: { id, tone, title, description } }: { toast: Toast }) {
  const t = useTranslations('ui');
  useEffect(() => {
    const timer = setTimeout(() => toasts.dismiss(id), stays[tone]);
    return () => clearTimeout(timer);
  }, [id, tone]);
  const Icon = tone === 'good' ? CircleCheck : CircleAlert;
  return (
    <div className="pointer-events-auto flex animate-in items-start gap-2.5 rounded-lg border border-line bg-raised p-3 text-sm shadow-pop">
      <Icon className={tone === 'good' ? 'mt-0.5 size-4 shrink-0 text-good' : 'mt-0.5 size-4 shrink-0 text-bad'} aria-hidden />
      <div className="min-w-0 flex-1 break-words whitespace-pre-line">
        <p className="font-medium">{title}</p>
        {description !== undefined && <p className="text-muted">{description}</p>}
      </div>
      <button type="button" aria-label={t('close')} onClick={() => toasts.dismiss(id)} className="rounded p-0.5 text-faint hover:bg-hover hover:text-ink">
        <X className="size-3.5" aria-hidden />
      </button>
    </div>
  );
}
