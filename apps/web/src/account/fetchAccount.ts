import type { Account } from '@thaw/contract/accounts';
import { cache } from 'react';
import { fetchFromServer } from '../api/fetchFromServer.ts';

/** Who is signed in; asked once for a page. */
export const fetchAccount = cache((): Promise<Account> => fetchFromServer<Account>('/v1/account'));
