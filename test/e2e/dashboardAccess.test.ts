import type { Run } from '@thaw/contract/runs';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { claim, epochEnd, epochOf, smallRun, started } from '../integration/apiHarness.ts';
import { barriers } from './accessibility.ts';
import { visit, type Visitor } from './browser.ts';
import { dashboardPages } from './dashboardPages.ts';
import { dashboardTests, withoutWorkers } from './dashboardWorld.ts';

/** What runs by itself, and is more than a blink. */
const motion = `document.getAnimations().filter((one) => one.playState === 'running' && one.effect.getComputedTiming().activeDuration > 1).length`;
const focused = (page: Page, locator: Locator): Locator => locator.and(page.locator(':focus'));
const nowhere = '/nothing/here';
const skeletons = `document.querySelectorAll('.animate-pulse').length`;

/** For those who use no mouse, hear the page, need contrast, or bear no motion. */
dashboardTests('access to the dashboard', withoutWorkers, (world) => {
  let ada: Visitor;
  let stranger: Visitor;
  let run: Run;
  /** Where the pages are that are of something. */
  const of: Record<string, string> = {};

  const addressOf = (route: string): string => {
    const address = of[route] ?? route;
    if (address.includes('[')) throw new Error(`Say in this test of what ${route} is the page.`);
    return world.dashboard + address;
  };
  const goTo = async (page: Page, route: string): Promise<void> => {
    await page.goto(addressOf(route));
    await page.getByRole('heading').first().waitFor();
    await expect.poll(() => page.evaluate(skeletons), { timeout: 10_000 }).toBe(0);
  };

  beforeAll(async () => {
    const { browser, dashboard, api } = world;
    // She sees all pages.
    await api.sql`update "user" set role = 'administrator' where email = 'ada@example.org'`;
    const storageState = await world.ada.context.storageState();
    ada = await visit(browser, { storageState, reducedMotion: 'reduce' });
    stranger = await visit(browser, { reducedMotion: 'reduce' });
    const create = async (name: string, learningRate: number): Promise<Run> =>
      (await (await ada.page.request.post(`${dashboard}/api/v1/runs`, { data: { ...smallRun, name, optimizer: { learningRate } }, headers: { origin: dashboard } })).json()) as Run;
    run = await create('one run', 0.001);
    const attempt = await claim(api, run.id);
    await attempt?.events(0, [started(), epochEnd(0), ...epochOf(1), ...epochOf(2)]);
    await attempt?.checkpoint(2, 6);
    await attempt?.finish('failed', { code: 'diverged' });
    const other = await create('another run', 0.01);
    of['/runs/[id]'] = `/runs/${run.id}`;
    of['/runs/[id]/report'] = `/runs/${run.id}/report`;
    of['/datasets/[id]'] = '/datasets/cifar10';
    of['/compare'] = `/compare?run=${run.id}&run=${other.id}`;
    of['/reset-password'] = '/reset-password?token=some';
  }, 120_000);

  it.each(['en', 'zh-CN'] as const)('has no barrier on any page, light or dark, no motion for who wants none, and a title for each, in %s', { timeout: 300_000 }, async (locale) => {
    const pages = [...dashboardPages(), { route: nowhere, open: false }];
    const titles: string[] = [];
    for (const visitor of [ada, stranger]) await visitor.context.addCookies([{ name: 'thaw-locale', value: locale, url: world.dashboard }]);
    for (const { route, open } of pages) {
      const { page } = open ? stranger : ada;
      await page.emulateMedia({ colorScheme: 'light' });
      const answer = await page.goto(addressOf(route), { waitUntil: 'commit' });
      expect([route, answer?.status()]).toEqual([route, route === nowhere ? 404 : 200]);
      await page.getByRole('heading').first().waitFor();
      expect([route, 'moves', await page.evaluate(motion)]).toEqual([route, 'moves', 0]);
      await expect.poll(() => page.evaluate(skeletons), { timeout: 10_000 }).toBe(0);
      expect([route, await page.locator('html').getAttribute('lang')]).toEqual([route, locale]);
      titles.push(await page.title());
      const look = async (what: string): Promise<void> => {
        await page.emulateMedia({ colorScheme: 'light' });
        expect([what, 'light', await barriers(page)]).toEqual([what, 'light', []]);
        await page.emulateMedia({ colorScheme: 'dark' });
        expect([what, 'dark', await barriers(page, ['color-contrast'])]).toEqual([what, 'dark', []]);
      };
      await look(route);
      // What a tab has is the same in another language.
      const tabs = locale === 'en' ? await page.getByRole('tab', { selected: false }).allInnerTexts() : [];
      for (const tab of tabs) {
        await page.getByRole('tab', { name: tab, exact: true }).click();
        await page.waitForTimeout(100);
        await expect.poll(() => page.evaluate(skeletons), { timeout: 10_000 }).toBe(0);
        await look(`${route}: ${tab}`);
      }
    }
    expect(titles.filter((title) => !/^.+ · Thaw$/.test(title))).toEqual([]);
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
  });

  it('moves for others: what loads breathes', async () => {
    const { page } = world.ada;
    await page.route('**/api/v1/usage*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      await route.continue();
    });
    await page.goto(`${world.dashboard}/usage`);
    await expect.poll(() => page.evaluate(motion)).toBeGreaterThan(0);
  });

  it.each(['/runs', '/runs/[id]', '/runs/new', '/datasets', '/account', '/administration'])('lets one walk %s by Tab: all that can be used, in its order, and one sees where one is', async (route) => {
    const { page } = ada;
    await ada.context.addCookies([{ name: 'thaw-locale', value: 'en', url: world.dashboard }]);
    await page.emulateMedia({ colorScheme: 'light' });
    await goTo(page, route);
    // All that the keyboard can reach, in the order of the page: of what is one group only the chosen one.
    const count = () => page.evaluate<number>(`(() => {
      window.stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }) && !one.closest('[hidden], details:not([open]) > :not(summary), [aria-hidden=true]'));
      return window.stops.length;
    })()`);
    // Some come when the scripts do.
    let reachable = 0;
    await expect.poll(async () => reachable === (reachable = await count()), { interval: 500, timeout: 10_000 }).toBe(true);
    const seen: number[] = [];
    for (let i = 0; i < reachable; i++) {
      await page.keyboard.press('Tab');
      const [place, visible, name] = await page.evaluate<[number, boolean, string]>(`(() => {
        const one = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(one);
        const box = one.getBoundingClientRect();
        const inSight = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
        const place = window.stops.indexOf(one);
        // Of a group its chosen one.
        return [place >= 0 ? place : window.stops.findLastIndex((stop) => stop.contains(one)), inSight && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1, one.outerHTML.slice(0, 200)];
      })()`);
      expect([name, visible]).toEqual([name, true]);
      seen.push(place);
    }
    expect(seen).toEqual(Array.from({ length: reachable }, (_, place) => place));
  });

  it('skips to the content by its first link', async () => {
    const { page } = ada;
    await goTo(page, '/datasets');
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the content' });
    expect((await focused(page, skip).boundingBox())?.height).toBeGreaterThan(20);
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(`document.activeElement.closest('main') !== null`)).toBe(true);
  });

  it.each([
    ['/account?tab=keys', 'New API key', null],
    ['/account?tab=webhooks', 'New webhook', null],
    ['/administration?tab=invitations', 'Invite', null],
    ['/runs/[id]', 'More actions', 'Name, tags and notes'],
    ['/runs/[id]', 'More actions', 'Delete'],
  ] as const)('keeps the keyboard in the dialog that %s opens by "%s", and gives it back', async (route, button, item) => {
    const { page } = ada;
    await goTo(page, route);
    const opener = page.getByRole('button', { name: button }).first();
    await opener.focus();
    await page.keyboard.press('Enter');
    if (item !== null) {
      const entry = page.getByRole('menuitem', { name: item, exact: true });
      await entry.waitFor();
      await page.waitForFunction(`document.activeElement.closest('[role=menu]') !== null`);
      // One press after the other: the menu moves the focus only after the key's own event.
      for (let i = 0; i < 6 && (await focused(page, entry).count()) === 0; i++) {
        await page.evaluate('window.before = document.activeElement');
        await page.keyboard.press('ArrowDown');
        await page.waitForFunction('document.activeElement !== window.before');
      }
      await page.keyboard.press('Enter');
    }
    await page.getByRole('dialog').waitFor();
    const inside = () => page.evaluate(`document.activeElement.closest('[role=dialog]') !== null`);
    await expect.poll(inside).toBe(true);
    for (const key of ['Tab', 'Shift+Tab'])
      for (let i = 0; i < 8; i++) {
        await page.keyboard.press(key);
        expect(await inside()).toBe(true);
      }
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page, opener).count()).toBe(1);
  });

  it('makes the browser complain of nothing', () => {
    // The page that is not there is said to be.
    expect([ada, stranger].flatMap(({ complaints }) => complaints).filter((one) => !one.includes(nowhere))).toEqual([]);
  });
});
