'use client';

import { createContext, useContext, type ReactNode } from 'react';
import type { Account } from '@thaw/contract/accounts';

const AccountContext = createContext<Account | null>(null);

export function AccountProvider({ account, children }: { account: Account; children: ReactNode }) {
  return <AccountContext value={account}>{children}</AccountContext>;
}

/** Who is signed in. */
export function useAccount(): Account {
  const account = useContext(AccountContext);
  if (account === null) throw new Error('useAccount is for pages of people who are signed in.');
  return account;
}
