import type { Database } from '@thaw/db/client';
import type { Logger } from 'pino';
import type { AccountSettings } from './accountSettings.ts';
import type { BetterAuth, BetterAuthOptions } from './betterAuth.ts';
import { readProxies, type ProxyList } from './clientAddress.ts';
import { openPost, type Post } from './openPost.ts';
import { openBuckets, type Buckets } from './requestBuckets.ts';
import { watchCallers, type CallerWatch } from './watchCallers.ts';

export interface Accounts {
  settings: AccountSettings;
  post: Post;
  proxies: ProxyList;
  /** Requests of each person, in this process. */
  requests: Buckets;
  /** Requests from each address that nobody could be found for, in this process. */
  failures: Buckets;
  callers: CallerWatch;
  /** better-auth, loaded when it is first needed: who comes with a key never waits for it. */
  auth: () => Promise<BetterAuth>;
}

/** What signing in needs, for one application. Holds no connection of its own. */
export function openAccounts({ db, log, settings, recheckSeconds = 15 }: { db: Database; log: Logger; settings: AccountSettings; recheckSeconds?: number }): Accounts {
  const post = openPost(settings.mail, log);
  let auth: Promise<BetterAuth> | undefined;
  return {
    settings,
    post,
    proxies: readProxies(settings.trustedProxies),
    requests: openBuckets(settings.requestsPerMinute),
    failures: openBuckets(Math.ceil(settings.requestsPerMinute / 6)),
    callers: watchCallers({ db, log, seconds: recheckSeconds }),
    auth: () => (auth ??= load({ db, log, settings, post })),
  };
}

/** Each provider's code is loaded only where it is configured. */
async function load(options: Omit<BetterAuthOptions, 'plugins'>): Promise<BetterAuth> {
  const { makeBetterAuth } = await import('./betterAuth.ts');
  const { github, publicApiUrl } = options.settings;
  const plugins = github === null ? [] : [(await import('./githubSignIn.ts')).githubSignIn(github, `${publicApiUrl}/auth/callback/github`)];
  return makeBetterAuth({ ...options, plugins });
}
