import { attempt } from '@thaw/db/schema/attempt';
import { run } from '@thaw/db/schema/run';
import { worker } from '@thaw/db/schema/worker';
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { DispatchContext } from './dispatchContext.ts';
import { failLaunch } from './failLaunch.ts';
import type { LaunchedWorker, Launcher } from './launcher.ts';
import { markLaunching } from './markLaunching.ts';

export interface LaunchWorkersInput {
  launcher: Launcher;
  maxWorkers: number;
}

/** Starts as many workers as there are waiting runs beyond what living workers will take, within the limits. */
export async function launchWorkers(ctx: DispatchContext, { launcher, maxWorkers }: LaunchWorkersInput): Promise<void> {
  const workers = await launcher.list();
  for (const { launchedFor, ended } of workers)
    if (ended !== null) await failLaunch(ctx, { runId: launchedFor, reason: `the worker ended before it took a run (${ended}).` });
  const living = workers.filter(({ ended }) => ended === null);
  const ids = await markLaunching(ctx, { covered: await countIdle(ctx, living), limit: maxWorkers - living.length });
  for (const runId of ids) {
    try {
      await launcher.launch(runId);
    } catch (error) {
      await failLaunch(ctx, { runId, reason: error instanceof Error ? error.message : String(error) });
    }
  }
}

/** Workers that have no run and were not started for one that still waits for them. */
async function countIdle({ db }: DispatchContext, living: readonly LaunchedWorker[]): Promise<number> {
  if (living.length === 0) return 0;
  const names = living.map(({ name }) => name);
  const busy = await db
    .select({ name: worker.name })
    .from(run)
    .innerJoin(attempt, and(eq(attempt.runId, run.id), eq(attempt.number, run.attempt)))
    .innerJoin(worker, eq(worker.id, attempt.workerId))
    .where(and(sql`${run.status} = 'running'`, inArray(worker.name, names)));
  const busyNames = new Set(busy.map(({ name }) => name));
  const idle = living.filter(({ name }) => !busyNames.has(name));
  const launching = await db
    .select({ id: run.id })
    .from(run)
    .where(and(sql`${run.status} = 'launching'`, inArray(run.id, [...new Set(idle.map(({ launchedFor }) => launchedFor)), ''])));
  return Math.max(0, idle.length - launching.length);
}
