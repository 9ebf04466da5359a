import { startDashboard } from '@thaw/infra/stack/dashboardProcess';
import { freePorts } from '@thaw/infra/stack/freePorts';
import { readSetupPaths } from '@thaw/infra/stack/setupPaths';
import type { StackAddresses } from '@thaw/infra/stack/startStack';
import type { StateFolder } from '@thaw/infra/stack/stateFolder';
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { anyStorage, startApi, type Api } from '../integration/apiHarness.ts';
import { temporaryFolder } from '../integration/servers.ts';
import { freePortRange, startStackProcess } from '../integration/stackProcess.ts';
import { missingBrowser, openBrowser, signUp, visit, type Visitor } from './browser.ts';

/** What tests of the dashboard stand on. */
interface World {
  /** Its address. */
  dashboard: string;
  browser: Browser;
  /** She has signed up, and looks at her runs. */
  ada: Visitor;
}
export interface StackWorld extends World {
  addresses: StackAddresses;
  /** Throw-away. */
  folder: string;
}
export interface ApiWorld extends World {
  api: Api;
}

type OnEnd = (end: () => unknown) => void;

/** Tests of the dashboard in one world, which is there once the first of them begins. They are skipped, and say why, where a part of it is not here. */
export function dashboardTests<W extends World>(title: string, start: (onEnd: OnEnd) => Promise<W>, tests: (world: W) => void): void {
  const missing = missingBrowser();
  describe.skipIf(missing !== null)(missing === null ? title : `${title}: ${missing}`, { timeout: 120_000 }, () => {
    const world = {} as W;
    const ends: (() => unknown)[] = [];
    beforeAll(async () => {
      Object.assign(world, await start((end) => ends.push(end)));
    }, 120_000);
    afterAll(async () => {
      for (const end of ends.reverse()) await end();
    });
    tests(world);
  });
}

/** The whole product, as `npm start` starts it. `env` gets a throw-away folder. */
export const wholeStack =
  (env: (folder: string) => NodeJS.ProcessEnv = () => ({})) =>
  async (onEnd: OnEnd): Promise<StackWorld> => {
    const folder = temporaryFolder();
    onEnd(() => rmSync(folder, { recursive: true, force: true }));
    const stack = startStackProcess(path.join(folder, 'state'), await freePortRange(), { THAW_DASHBOARD: readSetupPaths().dashboard ?? '', ...env(folder) });
    onEnd(async () => {
      stack.kill('SIGTERM');
      await stack.exit;
    });
    const browser = await openBrowser();
    onEnd(() => browser.close());
    const addresses = await stack.ready();
    const dashboard = addresses.dashboard ?? '';
    return { folder, addresses, dashboard, browser, ada: await newcomer(browser, dashboard, 'ada') };
  };

/** API and dashboard without workers: the test plays them, so that it can be said what a browser must show at each moment. */
export async function withoutWorkers(onEnd: OnEnd): Promise<ApiWorld> {
  const [port = 0] = await freePorts(1);
  const dashboard = `http://localhost:${port}`;
  const api = await startApi({ s3: anyStorage, env: { PUBLIC_URL: dashboard, LEASE_SECONDS: '1', REQUESTS_PER_MINUTE: '0' } });
  onEnd(() => api.stop());
  const { servers, url } = api;
  await startDashboard({
    server: readSetupPaths().dashboard ?? '',
    port,
    apiPort: Number(new URL(url).port),
    storage: servers.s3.endpoint,
    state: { logs: servers.folder } as StateFolder,
    onStart: (server) => onEnd(() => server.stop()),
  });
  const browser = await openBrowser();
  onEnd(() => browser.close());
  return { api, dashboard, browser, ada: await newcomer(browser, dashboard, 'ada') };
}

async function newcomer(browser: Browser, dashboard: string, name: string): Promise<Visitor> {
  const visitor = await visit(browser);
  await signUp(visitor, dashboard, name);
  return visitor;
}
