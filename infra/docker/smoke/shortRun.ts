import type { TrainerEvent } from '@thaw/contract/events';
import type { ApiAccess, ApiClient } from '../../src/demo/apiClient.ts';
import { followRun } from '../../src/demo/followRun.ts';
import { StackError } from '../../src/stack/stackError.ts';

/** Someone who has signed in. */
export interface Visitor {
  access: ApiAccess;
  api: ApiClient;
  signal: AbortSignal;
}

/** A run of 8 steps an epoch that needs no weights. @returns its id */
export async function startShortRun({ api }: Visitor, epochs: number): Promise<string> {
  return (await api.createRun({ preset: 'scratch', schedule: { epochs }, data: { trainLimit: 500, testLimit: 100 } })).id;
}

/** Until its trainer says something that is waited for. @throws StackError where the run ends before */
export async function untilSaid({ access, signal }: Visitor, runId: string, wanted: (event: TrainerEvent, attempt: number) => boolean): Promise<void> {
  for await (const message of followRun({ ...access, runId, signal })) {
    if (message.type === 'batch' && message.events.some((event) => wanted(event, message.attempt))) return;
  }
  throw new StackError(`Run ${runId} has ended too early.`);
}

/** Until a run has ended. @returns how many attempts it took @throws StackError where it did not succeed */
export async function untilSucceeded({ access, api, signal }: Visitor, runId: string, which: string): Promise<number> {
  for await (const message of followRun({ ...access, runId, signal })) if (message.type === 'end') break;
  const { status, attempt, failure } = await api.getRun(runId);
  if (status !== 'succeeded') throw new StackError(`The run ${which} is ${status}: ${failure?.message ?? ''}`);
  return attempt;
}
