import { z } from 'zod';

/**
 * What one person may take up. `activeRuns`: runs with a worker at the same time; further ones wait for their turn. `waitingRuns`: runs
 * in the queue, those being launched included. `storageBytes`: data set versions, uploads, checkpoints, curves, evaluations and
 * exports; built-in data counts for nobody. `gpuMinutes`: minutes on GPUs in a calendar month (UTC). `datasets`: data sets.
 */
export const quotaKind = z.enum(['activeRuns', 'waitingRuns', 'storageBytes', 'gpuMinutes', 'datasets']);
export type QuotaKind = z.infer<typeof quotaKind>;

/** Null: no limit. */
const limit = z.number().int().nonnegative().max(1e15).nullable();

/** A limit for each kind. */
export const quota = z.record(quotaKind, limit);
export type Quota = z.infer<typeof quota>;

export const noLimits: Quota = { activeRuns: null, waitingRuns: null, storageBytes: null, gpuMinutes: null, datasets: null };

/** Body of PUT /v1/users/:id/quota: a person's own limits. What is left out is as the service has it for everyone. */
export const ownQuota = z.strictObject({
  activeRuns: limit.optional(),
  waitingRuns: limit.optional(),
  storageBytes: limit.optional(),
  gpuMinutes: limit.optional(),
  datasets: limit.optional(),
});
export type OwnQuota = z.infer<typeof ownQuota>;

/** GET /v1/users/:id/quota: what holds, and what it comes from. */
export const userQuota = z.object({ user: z.string(), quota, own: ownQuota, defaults: quota });
export type UserQuota = z.infer<typeof userQuota>;
