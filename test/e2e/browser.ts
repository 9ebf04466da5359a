import { readSetupPaths } from '@thaw/infra/stack/setupPaths';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

function findChromium(): string | null {
  const named = process.env['THAW_CHROMIUM'];
  if (named) return named;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find((file) => existsSync(file)) ?? null;
}

/** Why the dashboard cannot be looked at here, or null. @throws Error in CI, where all of it must be there */
export function missingBrowser(): string | null {
  const why =
    findChromium() === null
      ? 'there is no Chromium (apt-get install chromium, or name one in THAW_CHROMIUM)'
      : readSetupPaths().dashboard === null
        ? 'the dashboard is not built (npm run setup)'
        : null;
  if (why !== null && process.env['CI'] === 'true') throw new Error(`The dashboard cannot be tested: ${why}.`);
  return why;
}

export function openBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath: findChromium() ?? '', args });
}

export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** What the browser has complained about: broken scripts, what the content security policy blocked, answers that were not expected. */
  complaints: string[];
}

/** A person with a browser of their own. */
export async function visit(browser: Browser, { locale = 'en', ...options }: Parameters<Browser['newContext']>[0] = {}): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options, locale });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(`${message.text()} (${message.location().url})`));
  return { page, context, complaints };
}

export const password = 'a long enough password';

/** Signs a new person up, and waits until the runs are there. */
export async function signUp({ page }: Visitor, dashboard: string, name: string): Promise<void> {
  await page.goto(`${dashboard}/sign-up`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('E-mail').fill(`${name}@example.org`);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL('**/runs');
}
