import type { Ticket } from '@thaw/contract/worker';
import type { ApiRefusal } from '@thaw/worker-agent/apiCalls';
import { describeError } from '@thaw/worker-agent/describeError';
import { startHeartbeat } from '@thaw/worker-agent/heartbeat';
import type { Log } from '@thaw/worker-agent/log';
import type { ApiClient } from './apiClient.ts';
import { runAttempt, type AttemptOptions } from './runAttempt.ts';
import { createRunControl, type RunTiming } from './runControl.ts';

export interface RunTicketOptions extends Pick<AttemptOptions, 'root' | 'cache' | 'trainer' | 'log'> {
  ticket: Ticket;
  api: ApiClient;
  /** This worker has to go: the run stops in good order, and the API is told so that it goes on elsewhere. */
  shutdown: AbortSignal;
  timing?: RunTiming;
}

/** `told`: the API knows how it ended. `dropped`: the attempt is void. `untold`: the API will see it by the lease. */
export type RunEnd = 'told' | 'dropped' | 'untold';

/** One attempt from its ticket to its end. What goes wrong on the way is told to the API, not thrown. */
export async function runTicket({ ticket, api, shutdown, timing, ...rest }: RunTicketOptions): Promise<RunEnd> {
  const control = createRunControl(shutdown, timing);
  const log: Log = (level, message) => rest.log(level, `run ${ticket.run} attempt ${ticket.attempt}: ${message}`);
  const onRefused = (refusal: ApiRefusal): void => {
    if (!control.dropped.aborted) log('warning', `dropped: ${refusal.message}`);
    control.drop();
  };
  const client = api.ofAttempt(ticket, onRefused);
  const { heartbeatSeconds: intervalSeconds, leaseSeconds } = ticket;
  const heartbeat = startHeartbeat({ beat: client.heartbeat, intervalSeconds, leaseSeconds, log, onStop: control.stop, onRefused });
  try {
    const result = await runAttempt({ ...rest, ticket, client, control, log });
    control.silenced.throwIfAborted();
    await client.finish(result, control.silenced);
    const { status, failure } = result.outcome;
    log('info', failure === null ? status : `${status}, ${failure.code}: ${failure.message}`);
    return 'told';
  } catch (error) {
    if (control.dropped.aborted) return 'dropped';
    log('error', `the API could not be told how it ended (${describeError(error)}); the run goes on elsewhere once its lease is over`);
    return 'untold';
  } finally {
    heartbeat.stop();
    control.over();
  }
}
