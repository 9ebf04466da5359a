import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import { closeDatabase, openDatabase } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { anyStorage } from '../integration/apiHarness.ts';
import { startServers } from '../integration/servers.ts';
import { apiVariables, startProcess } from './apiProcess.ts';
import { median } from './peer.ts';
import { seedRuns } from './seedRuns.ts';

export interface ColdStart {
  /** Milliseconds from the start of the process. */
  milliseconds: number;
  /** Of processors' work until then: nearly the same on a quiet machine, and what remains comparable on a busy one. */
  work: number;
}
const programs = { function: 'test/integration/lambdaHost.ts', server: 'apps/api/src/server.ts' } as const;

/** From the start of a fresh process to its first answer: a page of runs, with a key, out of a database that is there. */
export async function measureColdStart(tries = 5): Promise<Record<keyof typeof programs, ColdStart>> {
  const bundle = mkdtempSync(path.join(tmpdir(), 'thaw-bench-'));
  const servers = await startServers({ s3: anyStorage });
  try {
    await promisify(execFile)(process.execPath, [path.resolve(import.meta.dirname, '../../apps/api/bundle.ts'), '--out', bundle]);
    await migrate(servers.databaseUrl);
    const db = openDatabase({ url: servers.databaseUrl, name: 'bench', max: 2 });
    const { owner } = await seedRuns(db, { owners: 2, runsOfEach: 100 });
    const { key } = await createApiKey({ db }, { ownerId: owner, name: 'bench', scopes: ['read'] });
    await closeDatabase(db);
    const env = { ...apiVariables(servers), BUNDLE: path.join(bundle, 'lambda.mjs') };
    const starts = { function: [] as ColdStart[], server: [] as ColdStart[] };
    for (let turn = 0; turn < tries; turn++)
      for (const name of ['function', 'server'] as const) {
        const started = await startProcess(programs[name], env, '/v1/runs', { authorization: `Bearer ${key}` });
        starts[name].push({ milliseconds: started.firstAnswer, work: started.usage().processorSeconds * 1000 });
        await started.stop();
      }
    const of = (all: readonly ColdStart[]): ColdStart => ({ milliseconds: median(all.map(({ milliseconds }) => milliseconds)), work: median(all.map(({ work }) => work)) });
    return { function: of(starts.function), server: of(starts.server) };
  } finally {
    await servers.stop();
    rmSync(bundle, { recursive: true, force: true });
  }
}
