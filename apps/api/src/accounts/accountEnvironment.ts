import { signUpMode } from '@thaw/contract/accounts';
import { z } from 'zod';
import type { AccountSettings } from './accountSettings.ts';
import { readProxies } from './clientAddress.ts';

const list = z.string().transform((text) => text.split(',').map((entry) => entry.trim()).filter((entry) => entry !== ''));

/** Origins with commas between. */
export const origins = list.refine(
  (entries) => entries.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
  'must be origins such as https://thaw.example.org, with commas between',
);

const address = (what: string) => z.url({ protocol: /^https?$/, error: `is the address under which people reach ${what}` }).transform((url) => url.replace(/\/+$/, ''));

/** What the API reads for signing in. */
export const accountVariables = {
  /** Sessions are signed, and secrets in the database encrypted, with keys made of it. The same for all processes. */
  AUTH_SECRET: z
    .string({ error: 'is what sessions are signed with: 32 random characters or more, such as "openssl rand -base64 32" gives' })
    .regex(/^[\x21-\x7e]{32,}$/, 'must be 32 characters or more, without spaces'),
  /** Address of the dashboard for people: links in mails go there, and cookies are marked Secure where it is https. Unset: this API on this machine. */
  PUBLIC_URL: address('the dashboard').optional(),
  /** Address of this API for browsers; unset: PUBLIC_URL/api, where the dashboard passes it on. */
  PUBLIC_API_URL: address('the API').optional(),
  /** Origins beside those whose pages may use the session of a browser. */
  TRUSTED_ORIGINS: origins.default([]),
  /** Addresses and networks of proxies in front, whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: list
    .refine((entries) => {
      try {
        readProxies(entries);
        return true;
      } catch {
        return false;
      }
    }, 'must be addresses or networks such as 10.0.0.0/8, with commas between')
    .default([]),
  SIGN_UP: signUpMode.default('open'),
  /** smtp://user:password@host:587 or smtps://...; unset: links are logged instead of mailed. */
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'is the address of a mail server, such as smtps://user:password@mail.example.org' }).optional(),
  /** Sender of mails. */
  MAIL_FROM: z.string().regex(/^(?:[^<>\r\n]{1,100}<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, 'must be an address such as "Thaw <thaw@example.org>"').optional(),
  /** Of an OAuth app whose callback is PUBLIC_API_URL/auth/callback/github. */
  GITHUB_CLIENT_ID: z.string().optional(),
  GITHUB_CLIENT_SECRET: z.string().optional(),
  /** Of a GitHub Enterprise Server. */
  GITHUB_URL: address('GitHub').default('https://github.com'),
  /** Of one person, by keys and sessions, in one process; 0: any number. */
  REQUESTS_PER_MINUTE: z.coerce.number().int().min(0).max(1e9).default(6000),
} as const;

export type AccountEnvironment = z.infer<z.ZodObject<typeof accountVariables>>;

/** @returns the variable that is missing, with why, or null */
export function missingAccountVariable(env: AccountEnvironment): { path: string; message: string } | null {
  if (env.SMTP_URL !== undefined && env.MAIL_FROM === undefined) return { path: 'MAIL_FROM', message: 'is the sender of mails; SMTP_URL needs it beside it' };
  if ((env.GITHUB_CLIENT_ID === undefined) !== (env.GITHUB_CLIENT_SECRET === undefined))
    return { path: 'GITHUB_CLIENT_ID', message: 'and its secret go together: set both to let people sign in with GitHub, or neither' };
  return null;
}

export function accountSettings(env: AccountEnvironment & { PORT: number }): AccountSettings {
  const own = `http://localhost:${env.PORT}`;
  const { SMTP_URL: smtpUrl, MAIL_FROM: from, GITHUB_CLIENT_ID: clientId, GITHUB_CLIENT_SECRET: clientSecret } = env;
  return {
    secret: env.AUTH_SECRET,
    publicUrl: env.PUBLIC_URL ?? own,
    publicApiUrl: env.PUBLIC_API_URL ?? (env.PUBLIC_URL === undefined ? own : `${env.PUBLIC_URL}/api`),
    trustedOrigins: env.TRUSTED_ORIGINS,
    signUp: env.SIGN_UP,
    mail: smtpUrl === undefined || from === undefined ? null : { smtpUrl, from },
    github: clientId === undefined || clientSecret === undefined ? null : { clientId, clientSecret, url: env.GITHUB_URL },
    trustedProxies: env.TRUSTED_PROXIES,
    requestsPerMinute: env.REQUESTS_PER_MINUTE,
  };
}
