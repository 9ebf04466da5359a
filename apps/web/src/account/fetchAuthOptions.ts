import type { AuthOptions } from '@thaw/contract/accounts';
import { fetchFromServer } from '../api/fetchFromServer.ts';

/** How one can sign in and up here. */
export const fetchAuthOptions = (): Promise<AuthOptions> => fetchFromServer<AuthOptions>('/auth/options');
