import { quotaKind, type QuotaKind } from '@thaw/contract/quotas';
import { runStatus, type RunStatus } from '@thaw/contract/runStatus';
import type { Usage } from '@thaw/contract/usage';
import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { run } from '@thaw/db/schema/run';
import { count, eq, inArray } from 'drizzle-orm';
import type { Settings } from '../context.ts';
import { readQuota } from '../quotas/readQuota.ts';
import { computeDays, readMonth, type ComputeDay } from './computeTime.ts';
import { storageBytes, totalOf } from './storageBytes.ts';

/** What a person uses now and has used this month, and what is left of the person's quota. */
export async function getUsage({ db, settings }: { db: Executor; settings: Pick<Settings, 'quota'> }, ownerId: string): Promise<Usage> {
  const [runs, days, storage, datasets, quota, { month }] = await Promise.all([
    countRunsOf(db, [ownerId]),
    computeDays(db, [ownerId]),
    storageBytes(db, [ownerId]),
    db.select({ count: count() }).from(dataset).where(eq(dataset.ownerId, ownerId)),
    readQuota(db, ownerId, settings.quota),
    readMonth(db),
  ]);
  const byStatus = runs.get(ownerId) ?? noRuns;
  const bytes = storage.get(ownerId);
  if (bytes === undefined) throw new Error('The storage of a person was not counted.');
  const total = minutesOf(days);
  const used: Record<QuotaKind, number> = {
    activeRuns: byStatus.running,
    waitingRuns: byStatus.queued + byStatus.launching,
    storageBytes: totalOf(bytes),
    gpuMinutes: total.gpuMinutes,
    datasets: datasets[0]?.count ?? 0,
  };
  const share = (kind: QuotaKind) => ({ limit: quota[kind], used: used[kind], left: quota[kind] === null ? null : Math.max(0, quota[kind] - used[kind]) });
  const shares = Object.fromEntries(quotaKind.options.map((kind) => [kind, share(kind)])) as Usage['quota'];
  return { runs: byStatus, month, ...total, days: eachDay(days), storage: bytes, quota: shares };
}

export const noRuns = Object.fromEntries(runStatus.options.map((status) => [status, 0])) as Record<RunStatus, number>;

/** Runs by status, of each person who has any. */
export async function countRunsOf(db: Executor, ownerIds: readonly string[]): Promise<Map<string, Record<RunStatus, number>>> {
  const rows = ownerIds.length === 0 ? [] : await db.select({ ownerId: run.ownerId, status: run.status, runs: count() }).from(run).where(inArray(run.ownerId, [...ownerIds])).groupBy(run.ownerId, run.status);
  const found = new Map<string, Record<RunStatus, number>>();
  for (const { ownerId, status, runs } of rows) found.set(ownerId, { ...(found.get(ownerId) ?? noRuns), [status]: runs });
  return found;
}

/** To a hundredth. */
const minutes = (seconds: number): number => Math.round(seconds / 0.6) / 100;

export function minutesOf(days: readonly ComputeDay[]): { gpuMinutes: number; cpuMinutes: number } {
  const of = (device: ComputeDay['device']) => minutes(days.reduce((sum, day) => (day.device === device ? sum + day.seconds : sum), 0));
  return { gpuMinutes: of('gpu'), cpuMinutes: of('cpu') };
}

const eachDay = (days: readonly ComputeDay[]): Usage['days'] =>
  [...new Set(days.map(({ day }) => day))].map((day) => ({ day, ...minutesOf(days.filter((one) => one.day === day)) }));
