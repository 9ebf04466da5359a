import type { Ticket } from '@thaw/contract/worker';
import { runAttempt, type AttemptEnd } from '@thaw/worker-agent/runAttempt';
import type { ApiClient } from './apiClient.ts';
import { createRunControl, type RunTiming } from './runControl.ts';
import { trainRun, type TrainRunOptions } from './trainRun.ts';

export interface RunTicketOptions extends Pick<TrainRunOptions, 'root' | 'cache' | 'trainer' | 'log'> {
  ticket: Ticket;
  api: ApiClient;
  /** This worker has to go: the run stops in good order, and the API is told so that it goes on elsewhere. */
  shutdown: AbortSignal;
  timing?: RunTiming;
}

/** One attempt from its ticket to its end. What goes wrong on the way is told to the API, not thrown. */
export function runTicket({ ticket, api, shutdown, timing, log: say, ...rest }: RunTicketOptions): Promise<AttemptEnd> {
  return runAttempt({
    ticket,
    name: `run ${ticket.run}`,
    connect: (onStale) => api.ofAttempt(ticket, onStale),
    beat: (client, signal) => client.heartbeat(signal),
    work: async ({ client, log, dropped, stopAsked }) => {
      const control = createRunControl({ dropped, stopAsked, shutdown }, timing);
      try {
        const result = await trainRun({ ...rest, ticket, client, control, log });
        control.silenced.throwIfAborted();
        await client.finish(result, control.silenced);
        const { status, failure } = result.outcome;
        return failure === null ? status : `${status}, ${failure.code}: ${failure.message}`;
      } finally {
        control.over();
      }
    },
    log: say,
    shutdown,
  });
}
