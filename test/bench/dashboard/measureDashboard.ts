import { startDashboard } from '@thaw/infra/stack/dashboardProcess';
import { freePorts } from '@thaw/infra/stack/freePorts';
import type { ServerProcess } from '@thaw/infra/stack/serverProcess';
import { readSetupPaths } from '@thaw/infra/stack/setupPaths';
import type { StateFolder } from '@thaw/infra/stack/stateFolder';
import { missingBrowser, openBrowser, signUp, visit } from '../../e2e/browser.ts';
import { anyStorage, startApi } from '../../integration/apiHarness.ts';
import { startProcess } from '../apiProcess.ts';
import { seedRuns } from '../seedRuns.ts';
import { followLongRun, type Redraws } from './longRun.ts';
import { loadRepeatedly, type PageLoad } from './pageLoad.ts';
import { scrollThroughRuns, type Scrolling } from './scrolling.ts';

export interface DashboardFigures {
  loads: { page: string; slowDown: number; load: PageLoad }[];
  redraws: Redraws;
  scrolling: Scrolling;
}

const runs = 10_000;
const points = 100_000;
/** Of each page, with and without a slow processor. */
export const timesLoaded = 4;

/** The dashboard as it is built, with an API process of its own, in a browser: one run of 100,000 points and 10,000 other ones. */
export async function measureDashboard(): Promise<DashboardFigures> {
  const missing = missingBrowser();
  if (missing !== null) throw new Error(`The dashboard cannot be measured: ${missing}.`);
  const [port = 0] = await freePorts(1);
  const dashboard = `http://localhost:${port}`;
  const api = await startApi({ s3: anyStorage, env: { PUBLIC_URL: dashboard, LEASE_SECONDS: '600', REQUESTS_PER_MINUTE: '0' } });
  const server = await startProcess('apps/api/src/server.ts', { ...api.environment, LOG_LEVEL: 'warn' }, '/healthz');
  const browser = await openBrowser();
  let web: ServerProcess | undefined;
  try {
    const state = { logs: api.servers.folder } as StateFolder;
    const apiPort = Number(new URL(server.url).port);
    await startDashboard({ server: readSetupPaths().dashboard ?? '', port, apiPort, storage: api.servers.s3.endpoint, state, onStart: (process) => void (web = process) });
    const ada = await visit(browser);
    // The first of those whose runs are sown.
    await signUp(ada, dashboard, 'person0');
    const { run, redraws } = await followLongRun({ api: { ...api, url: server.url }, browser, visitor: ada, dashboard, points });
    await seedRuns(api.db, { owners: 1, runsOfEach: runs });
    const session = await ada.context.storageState();
    await ada.page.goto('about:blank');
    const loads: DashboardFigures['loads'] = [];
    const pages = [
      { page: 'sign-in', url: `${dashboard}/sign-in`, session: undefined },
      { page: 'runs', url: `${dashboard}/runs`, session },
      { page: 'a run', url: `${dashboard}/runs/${run}`, session },
    ];
    for (const { page, ...one } of pages) {
      await loadRepeatedly({ browser, ...one }, 1);
      for (const slowDown of [1, 4]) loads.push({ page, slowDown, load: await loadRepeatedly({ browser, ...one, slowDown }, timesLoaded) });
    }
    return { loads, redraws, scrolling: await scrollThroughRuns(ada.page, dashboard, runs) };
  } finally {
    await browser.close();
    await web?.stop();
    await server.stop();
    await api.stop();
  }
}
