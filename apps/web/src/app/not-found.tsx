import { Compass } from 'lucide-react';
import { getTranslations } from 'next-intl/server';
import Link from 'next/link';
import { Button } from '../components/ui/Button.tsx';
import { EmptyState } from '../components/ui/EmptyState.tsx';

export default async function NotFound() {
  const t = await getTranslations('errors');
  return (
    <EmptyState
      icon={Compass}
      title={t('notFoundTitle')}
      actions={
        <Button asChild>
          <Link href="/runs">{t('toRuns')}</Link>
        </Button>
      }
    >
      {t('notFoundText')}
    </EmptyState>
  );
}
