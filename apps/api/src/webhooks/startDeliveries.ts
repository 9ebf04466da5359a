import { openTally } from '../housekeeping/openTally.ts';
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
  const tally = openTally(ctx);
  const leaseSeconds = ctx.answerSeconds + marginSeconds;

  async function begin(): Promise<number> {
    const limit = atOnce - underWay.size;
    const due = limit === 0 ? [] : await claimDeliveries(ctx.db, { limit, leaseSeconds });
    for (const claimed of due) {
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
    return due.length;
  }

  const loop = startLoop({
    databaseUrl,
    name: 'thaw-webhooks-listen',
    channel: channels.webhook,
    pollSeconds,
    work: async () => void (await tally.turn('send-webhooks', begin)),
    onFailure: (error, first) => {
      if (first) ctx.log.error({ err: error }, 'webhooks cannot be worked on now; trying on');
    },
  });
  return {
    close: async () => {
      await loop.close();
      await Promise.all(underWay);
      await tally.close();
    },
  };
}
