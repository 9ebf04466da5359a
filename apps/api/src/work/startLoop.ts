import { openListener } from '@thaw/db/listener';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoopOptions {
  databaseUrl: string;
  /** Of the connection that listens, as the database shows it. */
  name: string;
  /** What is notified there cuts the wait short. */
  channel: string;
  pollSeconds: number;
  work: (signal: AbortSignal) => Promise<void>;
  /** @param first whether to say it: a database that is away would be told of at every turn */
  onFailure: (error: unknown, first: boolean) => void;
}

export interface Loop {
  /** There is work: the next turn begins at once. */
  hint: () => void;
  /** Ends after the turn under way. */
  close: () => Promise<void>;
}

/** Of failures in a row this many are told as one. */
const toldOnceIn = 30;

/** Does work that waits in the database again and again: NOTIFY is a hint, polling the truth. Several may run at once. */
export function startLoop({ databaseUrl, name, channel, pollSeconds, work, onFailure }: LoopOptions): Loop {
  const closing = new AbortController();
  let hinted = new AbortController();
  const hint = (): void => hinted.abort();
  const listener = openListener({ url: databaseUrl, name, on: { [channel]: hint }, onGap: hint });

  async function loop(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; ) {
      try {
        hinted = new AbortController();
        await work(closing.signal);
        failures = 0;
      } catch (error) {
        onFailure(error, failures++ % toldOnceIn === 0);
      }
      // A hint cuts the wait short, except after a failure.
      const wake = failures > 0 ? closing.signal : AbortSignal.any([closing.signal, hinted.signal]);
      await sleep(pollSeconds * 1000, undefined, { signal: wake }).catch(() => undefined);
    }
  }

  const running = loop();
  return {
    hint,
    close: async () => {
      closing.abort();
      await running;
      await listener.close();
    },
  };
}
