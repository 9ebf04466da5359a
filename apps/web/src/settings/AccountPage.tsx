'use client';

import { useTranslations } from 'next-intl';
import { usePathname, useSearchParams } from 'next/navigation';
import { Tabs } from '../components/ui/Tabs.tsx';
import { Page } from '../shell/Page.tsx';
import { KeysTab } from './KeysTab.tsx';
import { ProfileTab } from './ProfileTab.tsx';
import { SessionsTab } from './SessionsTab.tsx';
import { WebhooksTab } from './WebhooksTab.tsx';

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
