'use client';

import { useTranslations } from 'next-intl';
import { Button } from './Button.tsx';

/** Below a list that goes on. */
export function MoreButton({ of }: { of: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> } }) {
  const t = useTranslations('ui');
  if (!of.hasNextPage) return null;
  return (
    <Button size="small" className="mt-3 w-fit" busy={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
      {t('more')}
    </Button>
  );
}
