import { randomBytes } from 'node:crypto';
import postgres from 'postgres';

export interface ListenerOptions {
  url: string;
  name: string;
  /** What to do with the payload of a notification on each channel. */
  on: Readonly<Record<string, (payload: string) => void>>;
  /** Called when something may have been missed: at the start and after every break. */
  onGap: () => void;
  probeSeconds?: number;
}

export interface Listener {
  close: () => Promise<void>;
}

/**
 * Listens to notifications on a connection of its own. They are hints: a listener that hears nothing (database restarting, a
 * pooler in transaction mode between) is noticed by a probe that it sends to itself, and opened again, for ever.
 */
export function openListener({ url, name, on, onGap, probeSeconds = 15 }: ListenerOptions): Listener {
  const probe = `thaw_probe_${randomBytes(6).toString('hex')}`;
  let client: postgres.Sql | undefined;
  let heard = false;

  async function open(): Promise<void> {
    const opened = postgres(url, { max: 1, idle_timeout: 5, connect_timeout: 10, onnotice: () => undefined, connection: { application_name: name } });
    const previous = client;
    client = opened;
    await previous?.end({ timeout: 0 });
    for (const [channel, take] of Object.entries(on)) await opened.listen(channel, take, onGap);
    await opened.listen(probe, () => {
      heard = true;
    });
  }

  async function tick(): Promise<void> {
    if (!heard) await open();
    heard = false;
    await client?.notify(probe, '');
  }

  // A failure is the database being away: the next tick tries again, and polling carries the truth meanwhile.
  const attemptTick = (): void => void tick().catch(() => undefined);
  attemptTick();
  const timer = setInterval(attemptTick, probeSeconds * 1000);
  return {
    close: async () => {
      clearInterval(timer);
      await client?.end({ timeout: 1 });
    },
  };
}
