import type { Account } from '@thaw/contract/accounts';
import { expect } from 'vitest';
import type { Api } from './apiHarness.ts';
import { openBrowser, type Browser } from './browser.ts';

export const password = 'correct horse battery';
export const emailOf = (name: string): string => `${name}@example.org`;

/** People who sign up and in at an API that sends no mails. */
export function peopleOf(api: Api) {
  return {
    signUp: async (name: string, browser = openBrowser(api.url)): Promise<Browser> => {
      const { status, body } = await browser.send<{ status: string }>('POST', '/auth/sign-up/email', { body: { name, email: emailOf(name), password } });
      expect({ status, body }).toEqual({ status: 200, body: { status: 'signed-in' } });
      return browser;
    },
    signIn: async (name: string, browser = openBrowser(api.url), secret = password): Promise<Browser> => {
      const { status } = await browser.send('POST', '/auth/sign-in/email', { body: { email: emailOf(name), password: secret } });
      expect(status).toBe(204);
      return browser;
    },
    /** What the audit log has about a person, oldest first. */
    actsOf: (email: string) =>
      api.sql<{ action: string; actor: string }[]>`select action, actor from audit_event where owner_id = (select id from "user" where email = ${email}) order by id`,
  };
}
export type People = ReturnType<typeof peopleOf>;

export const accountOf = async (browser: Browser) => (await browser.send<Account>('GET', '/v1/account')).body;
export const statusOf = async (browser: Browser) => (await browser.send('GET', '/v1/account')).status;
