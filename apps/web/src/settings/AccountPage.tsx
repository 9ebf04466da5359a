'use client';

import { useTranslations } from 'next-intl';
import dynamic from 'next/dynamic';
import { usePathname, useSearchParams } from 'next/navigation';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { Tabs } from '../components/ui/Tabs.tsx';
import { Page } from '../shell/Page.tsx';
import { ProfileTab } from './ProfileTab.tsx';

const loading = () => <Skeleton className="h-96 w-full" />;
const SessionsTab = dynamic(() => import('./SessionsTab.tsx').then((module) => module.SessionsTab), { loading });
const KeysTab = dynamic(() => import('./KeysTab.tsx').then((module) => module.KeysTab), { loading });
const WebhooksTab = dynamic(() => import('./WebhooksTab.tsx').then((module) => module.WebhooksTab), { loading });

const names = ['profile', 'sessions', 'keys', 'webhooks'] as const;

/** All that is a person's own. */
export function AccountPage() {
  const t = useTranslations('settings');
  const path = usePathname();
  const asked = useSearchParams().get('tab');
  const tab = names.find((name) => name === asked) ?? 'profile';
  const contents = { profile: <ProfileTab />, sessions: <SessionsTab />, keys: <KeysTab />, webhooks: <WebhooksTab /> };
  return (
    <Page title={t('title')}>
      <Tabs
        label={t('title')}
        value={tab}
        onChange={(value) => window.history.replaceState(null, '', value === 'profile' ? path : `?tab=${value}`)}
        tabs={names.map((value) => ({ value, title: t(`tabs.${value}`), content: contents[value] }))}
      />
    </Page>
  );
}
