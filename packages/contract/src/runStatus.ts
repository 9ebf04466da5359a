import { z } from 'zod';

/** The statuses of a run. The row in the database is the queue; there is no second truth. */
export const runStatus = z.enum(['queued', 'launching', 'running', 'succeeded', 'failed', 'cancelled']);
export type RunStatus = z.infer<typeof runStatus>;

/**
 * Where a run may go from each status. A stop request is a column, not a status. `failed` and `cancelled` lead back to
 * `queued` only by the owner's resume; for a worker they are final.
 */
export const transitions: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['launching', 'running', 'cancelled', 'failed'],
  launching: ['queued', 'running', 'cancelled', 'failed'],
  running: ['queued', 'succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: ['queued'],
  cancelled: ['queued'],
};

export const terminalStatuses = ['succeeded', 'failed', 'cancelled'] as const satisfies readonly RunStatus[];

export const isTerminal = (status: RunStatus): boolean => (terminalStatuses as readonly RunStatus[]).includes(status);

/** All statuses from which `to` may be reached: the WHERE clause of the update that moves there. */
export function sourcesOf(to: RunStatus): RunStatus[] {
  return runStatus.options.filter((from) => transitions[from].includes(to));
}
