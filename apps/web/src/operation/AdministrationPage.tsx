'use client';

import { useTranslations } from 'next-intl';
import { usePathname, useSearchParams } from 'next/navigation';
import { ShieldAlert } from 'lucide-react';
import { useAccount } from '../account/AccountContext.tsx';
import { EmptyState } from '../components/ui/EmptyState.tsx';
import { Tabs } from '../components/ui/Tabs.tsx';
import { Page } from '../shell/Page.tsx';
import { AuditTab } from './AuditTab.tsx';
import { InvitationsTab } from './InvitationsTab.tsx';
import { PeopleTab } from './PeopleTab.tsx';
import { WorkerTokensTab } from './WorkerTokensTab.tsx';

const names = ['people', 'invitations', 'workers', 'audit'] as const;

/** For those who look after others. (What they may do is decided by the API.) */
export function AdministrationPage() {
  const t = useTranslations('operation.administration');
  const path = usePathname();
  const asked = useSearchParams().get('tab');
  const { role } = useAccount();
  const tab = names.find((name) => name === asked) ?? 'people';
  if (role !== 'administrator') {
    return (
      <Page title={t('title')}>
        <EmptyState icon={ShieldAlert} title={t('onlyTitle')}>
          {t('onlyText')}
        </EmptyState>
      </Page>
    );
  }
  const contents = { people: <PeopleTab />, invitations: <InvitationsTab />, workers: <WorkerTokensTab />, audit: <AuditTab /> };
  return (
    <Page title={t('title')}>
      <Tabs
        label={t('title')}
        value={tab}
        onChange={(value) => window.history.replaceState(null, '', value === 'people' ? path : `?tab=${value}`)}
        tabs={names.map((value) => ({ value, title: t(`tabs.${value}`), content: contents[value] }))}
      />
    </Page>
  );
}
