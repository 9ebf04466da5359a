import type { ReactNode } from 'react';
import { AccountProvider } from '../../account/AccountContext.tsx';
import { fetchAccount } from '../../account/fetchAccount.ts';
import { LazyUploadDock } from '../../datasets/upload/LazyUploadDock.tsx';
import { LazyPalette } from '../../palette/LazyPalette.tsx';
import { AppShell } from '../../shell/AppShell.tsx';

/** Pages of people who are signed in. What they show is guarded by the API itself. */
export default async function AppLayout({ children }: { children: ReactNode }) {
  return (
    <AccountProvider account={await fetchAccount()}>
      <AppShell>{children}</AppShell>
      <LazyUploadDock />
      <LazyPalette />
    </AccountProvider>
  );
}
