import { Compass } from 'lucide-react';
import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import Link from 'next/link';
import { Button } from '../components/ui/Button.tsx';
import { EmptyState } from '../components/ui/EmptyState.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('errors');
  return { title: t('notFoundTitle') };
}

export default async function NotFound() {
  const t = await getTranslations('errors');
  return (
    <main>
      <EmptyState
        level={1}
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
    </main>
  );
}
