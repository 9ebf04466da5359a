import { randomBytes } from 'node:crypto';
import type { SignUpMode } from '@thaw/contract/accounts';

export interface MailSettings {
  /** smtp:// or smtps://, with user and password in it where the server wants them. */
  smtpUrl: string;
  from: string;
}

export interface GithubSettings {
  clientId: string;
  clientSecret: string;
  /** https://github.com, or a GitHub Enterprise Server. */
  url: string;
}

export interface AccountSettings {
  /** Cookies are signed with a key made of it. */
  secret: string;
  /** Where people reach the dashboard: links in mails go there, and a cookie from there is trusted. Without a slash at the end. */
  publicUrl: string;
  /** Where browsers reach this API: `/api` of the dashboard, or its own address. */
  publicApiUrl: string;
  /** Other origins whose pages may send the cookie. */
  trustedOrigins: readonly string[];
  signUp: SignUpMode;
  /** Null: links are logged instead. */
  mail: MailSettings | null;
  github: GithubSettings | null;
  /** Addresses and networks whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[];
  /** By keys and sessions of one person, in one process; 0: any number. */
  requestsPerMinute: number;
}

/** For an application without an environment: one process, on this machine. */
export const localAccountSettings = (): AccountSettings => ({
  secret: randomBytes(32).toString('base64url'),
  publicUrl: 'http://localhost:3001',
  publicApiUrl: 'http://localhost:3001',
  trustedOrigins: [],
  signUp: 'open',
  mail: null,
  github: null,
  trustedProxies: [],
  requestsPerMinute: 0,
});
