import type { AttemptClient } from './apiClient.ts';
import type { EventSpool } from './eventSpool.ts';

/**
 * Posts what is in the spool until it is closed and empty. Each batch is repeated until the API has taken it.
 *
 * @throws ApiRefusal or the reason of `signal`
 */
export async function postEvents(spool: EventSpool, client: AttemptClient, signal: AbortSignal): Promise<void> {
  for (;;) {
    const batch = await spool.next(signal);
    if (batch === null) return;
    await client.postEvents({ seq: batch.seq, events: batch.events }, signal);
    await spool.acknowledge(batch.seq);
  }
}
