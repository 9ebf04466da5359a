import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { readEnvironment } from '../environment.ts';
import type { Account } from '@thaw/contract/accounts';

/**
 * Who is signed in, asked of the API with the cookie of the page's request; without a session, on to sign-in.
 * @throws Error where the API does not answer
 */
export const fetchAccount = cache(async (): Promise<Account> => {
  const asked = await headers();
  const answer = await fetch(`${readEnvironment().apiUrl}/v1/account`, {
    headers: { cookie: asked.get('cookie') ?? '', accept: 'application/json' },
    cache: 'no-store',
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.status === 401) redirect(`/sign-in?next=${encodeURIComponent(asked.get('x-path') ?? '/runs')}`);
  if (!answer.ok) throw new Error(`GET /v1/account: ${answer.status}`);
  return (await answer.json()) as Account;
});
