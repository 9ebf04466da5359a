import { channels } from '../notify.ts';
import { startLoop } from '../work/startLoop.ts';
import { claimDeliveries } from './claimDeliveries.ts';
import { deliver, type DeliverContext } from './deliver.ts';

export interface DeliveriesOptions {
  ctx: DeliverContext;
  databaseUrl: string;
  /** Messages under way at the same time. */
  atOnce?: number;
  pollSeconds?: number;
}

/** Beyond the time for an answer: for the name before it, and the database after it. */
const marginSeconds = 20;

/**
 * Sends messages to webhooks as they fall due. Its state is in the database, so that it may be killed at any time (what was under
 * way is then sent again) and several may run at once. `close` lets what is under way end.
 */
export function startDeliveries({ ctx, databaseUrl, atOnce = 50, pollSeconds = 2 }: DeliveriesOptions): { close: () => Promise<void> } {
  const underWay = new Set<Promise<void>>();
  const leaseSeconds = ctx.answerSeconds + marginSeconds;

  async function begin(): Promise<void> {
    const limit = atOnce - underWay.size;
    if (limit === 0) return;
    for (const claimed of await claimDeliveries(ctx.db, { limit, leaseSeconds })) {
      const sent: Promise<void> = deliver(ctx, claimed)
        // Its lease expires, and it is sent again.
        .catch((error: unknown) => ctx.log.warn({ err: error, delivery: claimed.id }, 'what came of a message could not be noted'))
        .finally(() => {
          underWay.delete(sent);
          // There is room for another.
          loop.hint();
        });
      underWay.add(sent);
    }
  }

  const loop = startLoop({
    databaseUrl,
    name: 'thaw-webhooks-listen',
    channel: channels.webhook,
    pollSeconds,
    work: begin,
    onFailure: (error, first) => {
      if (first) ctx.log.error({ err: error }, 'webhooks cannot be worked on now; trying on');
    },
  });
  return {
    close: async () => {
      await loop.close();
      await Promise.all(underWay);
    },
  };
}
