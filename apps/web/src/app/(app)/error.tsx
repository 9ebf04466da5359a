'use client';

import { TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../../components/ui/Button.tsx';
import { EmptyState } from '../../components/ui/EmptyState.tsx';

/** A page that could not be made; the rest of the dashboard stays usable. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations('errors');
  return (
    <EmptyState level={1} icon={TriangleAlert} title={t('pageTitle')} actions={<Button onClick={reset}>{t('again')}</Button>}>
      <p>{t('pageText')}</p>
      {error.digest !== undefined && <p className="mt-1 font-mono text-xs">{error.digest}</p>}
    </EmptyState>
  );
}
