import { z } from 'zod';
import { byteCount } from './numbers.ts';
import { quota, quotaKind } from './quotas.ts';
import { runStatus } from './runStatus.ts';

const minutes = z.number().nonnegative();

/** Minutes that workers were held, by the kind of their device; runs that are under way count up to now, deleted ones go on counting. */
const compute = z.object({ gpuMinutes: minutes, cpuMinutes: minutes });

export const storageKind = z.enum(['datasets', 'uploads', 'checkpoints', 'curves', 'evaluations', 'exports', 'weights']);
export type StorageKind = z.infer<typeof storageKind>;

/** Of one kind: how much there may be, how much there is, and how much is left; null where there is no limit. */
const share = z.object({ limit: quota.valueType, used: z.number().nonnegative(), left: z.number().nonnegative().nullable() });

/** GET /v1/usage. */
export const usage = z.object({
  runs: z.record(runStatus, z.number().int()),
  /** This calendar month, in UTC, such as `2026-11`. */
  month: z.string(),
  ...compute.shape,
  /** The days of this month (UTC) on which there was any, such as `2026-11-25`, rising. */
  days: z.array(compute.extend({ day: z.iso.date() })),
  /** Bytes. `uploads`: archives under way or not imported yet. `weights`: copies of checkpoints that runs started from. */
  storage: z.record(storageKind, byteCount),
  quota: z.record(quotaKind, share),
});
export type Usage = z.infer<typeof usage>;

/** A line of GET /v1/usage/users. */
export const userUsage = z.object({
  user: z.object({ id: z.string(), name: z.string(), email: z.string() }),
  runs: z.record(runStatus, z.number().int()),
  /** Of this calendar month. */
  ...compute.shape,
  storageBytes: byteCount,
  datasets: z.number().int(),
  quota,
});
export type UserUsage = z.infer<typeof userUsage>;
