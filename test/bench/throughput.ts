import autocannon from 'autocannon';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import { closeDatabase, openDatabase } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { anyStorage } from '../integration/apiHarness.ts';
import { startServers } from '../integration/servers.ts';
import { apiVariables, startProcess } from './apiProcess.ts';
import { median } from './peer.ts';
import { seedRuns } from './seedRuns.ts';

export interface Throughput {
  requestsPerSecond: number;
  /** Milliseconds within which 99 of 100 requests were answered. */
  p99: number;
  /** Microseconds that a processor works in the process for a request: what remains comparable on a busy machine. */
  work: number;
}
type Peer = 'thaw' | 'bare';
type Question = 'list' | 'detail';
export type ThroughputTable = Record<Question, Record<Peer, Throughput>>;

const connections = 50;
const owners = 20;
const runsOfEach = 500;

/**
 * A page of runs and one run, asked for over 50 connections: from the API, with a key, and from bare Hono and postgres.js that send
 * the same rows of the same owner with no authentication, validation or contract. In turns, each a process of its own.
 */
export async function measureThroughput({ seconds = 5, rounds = 3 } = {}): Promise<ThroughputTable> {
  const servers = await startServers({ s3: anyStorage });
  try {
    await migrate(servers.databaseUrl);
    const db = openDatabase({ url: servers.databaseUrl, name: 'bench', max: 2 });
    const { owner, run } = await seedRuns(db, { owners, runsOfEach });
    const { key } = await createApiKey({ db }, { ownerId: owner, name: 'bench', scopes: ['read'] });
    await closeDatabase(db);
    const headers = { authorization: `Bearer ${key}` };
    const thaw = await startProcess('apps/api/src/server.ts', apiVariables(servers), '/healthz');
    const bare = await startProcess('test/bench/peers/bareApi.ts', { DATABASE_URL: servers.databaseUrl, OWNER: owner }, '/runs');
    try {
      const addresses = { list: { thaw: `${thaw.url}/v1/runs`, bare: `${bare.url}/runs` }, detail: { thaw: `${thaw.url}/v1/runs/${run}`, bare: `${bare.url}/runs/${run}` } };
      const usage = { thaw: thaw.usage, bare: bare.usage };
      const shoot = async (question: Question, peer: Peer, duration: number): Promise<Throughput> => {
        const before = usage[peer]().processorSeconds;
        const { requests, latency, non2xx, errors } = await autocannon({ url: addresses[question][peer], connections, duration, headers });
        if (non2xx + errors > 0) throw new Error(`${peer}, ${question}: ${non2xx} answers that are not 2xx, ${errors} errors`);
        return { requestsPerSecond: requests.average, p99: latency.p99, work: (1e6 * (usage[peer]().processorSeconds - before)) / requests.total };
      };
      const measured: Record<Question, Record<Peer, Throughput[]>> = { list: { thaw: [], bare: [] }, detail: { thaw: [], bare: [] } };
      for (let round = 0; round <= rounds; round++)
        for (const question of ['list', 'detail'] as const)
          for (const peer of round % 2 === 0 ? (['thaw', 'bare'] as const) : (['bare', 'thaw'] as const)) {
            // The first round warms up.
            const throughput = await shoot(question, peer, seconds);
            if (round > 0) measured[question][peer].push(throughput);
          }
      const of = (all: readonly Throughput[]): Throughput => ({
        requestsPerSecond: median(all.map((one) => one.requestsPerSecond)),
        p99: median(all.map((one) => one.p99)),
        work: median(all.map((one) => one.work)),
      });
      return { list: { thaw: of(measured.list.thaw), bare: of(measured.list.bare) }, detail: { thaw: of(measured.detail.thaw), bare: of(measured.detail.bare) } };
    } finally {
      await Promise.all([thaw.stop(), bare.stop()]);
    }
  } finally {
    await servers.stop();
  }
}
