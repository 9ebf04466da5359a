import { type ApiRefusal, type StaleAttempt } from './apiCalls.ts';
import { describeError } from './describeError.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { Log } from './log.ts';

/** `told`: the API knows how it ended. `dropped`: the attempt is void. `untold`: the API will see it by the lease. */
export type AttemptEnd = 'told' | 'dropped' | 'untold';

/** What an attempt has at hand while it works. */
export interface AttemptHands<Client> {
  client: Client;
  /** Each line names the work and the attempt. */
  log: Log;
  /** The attempt is void: nothing more is done or told. */
  dropped: AbortSignal;
  /** The work is to stop: its owner wants it, or this worker has to go. */
  stopAsked: AbortSignal;
  /** No call to the API is worth while any more: the attempt is void, or this worker had to go a while ago. */
  silenced: AbortSignal;
}

export interface AttemptOptions<Client> {
  ticket: { attempt: number; heartbeatSeconds: number; leaseSeconds: number };
  /** What it is an attempt at, in the log: `run run_1`. */
  name: string;
  /** @param onStale to be called as soon as any call learns that the attempt is void */
  connect: (onStale: (stale: StaleAttempt) => void) => Client;
  beat: (client: Client, signal: AbortSignal) => Promise<{ action: 'continue' | 'stop' }>;
  /** Does the work and tells the API how it ended. @returns the same in a few words, for the log. @throws where the API could not be told */
  work: (hands: AttemptHands<Client>) => Promise<string>;
  log: Log;
  /** This worker has to go: the work stops in good order, and the API is told so that it goes on elsewhere. */
  shutdown: AbortSignal;
}

/** From a shutdown on, what is not told within this is never told. */
const goodbyeMs = 9000;

/** One attempt from its ticket to its end: its heart beats as long as it lasts, and nothing is thrown. */
export async function runAttempt<Client>({ ticket, name, connect, beat, work, shutdown, ...rest }: AttemptOptions<Client>): Promise<AttemptEnd> {
  const log: Log = (level, message) => rest.log(level, `${name} attempt ${ticket.attempt}: ${message}`);
  const [dropped, stop, silence] = [new AbortController(), new AbortController(), new AbortController()];
  const onRefused = (refusal: ApiRefusal): void => {
    if (!dropped.signal.aborted) log('warning', `dropped: ${refusal.message}`);
    dropped.abort(new Error('the work has ended or gone on elsewhere'));
  };
  const onStop = (): void => stop.abort(new Error('the work was asked to stop'));
  const client = connect(onRefused);
  let goodbye: NodeJS.Timeout | undefined;
  const onShutdown = (): void => {
    stop.abort(shutdown.reason);
    goodbye = setTimeout(() => silence.abort(shutdown.reason), goodbyeMs);
  };
  if (shutdown.aborted) onShutdown();
  else shutdown.addEventListener('abort', onShutdown, { once: true });
  const { heartbeatSeconds: intervalSeconds, leaseSeconds } = ticket;
  const heartbeat = startHeartbeat({ beat: (signal) => beat(client, signal), intervalSeconds, leaseSeconds, log, onStop, onRefused });
  try {
    const silenced = AbortSignal.any([dropped.signal, silence.signal]);
    log('info', await work({ client, log, dropped: dropped.signal, stopAsked: stop.signal, silenced }));
    return 'told';
  } catch (error) {
    if (dropped.signal.aborted) return 'dropped';
    log('error', `the API could not be told how it ended (${describeError(error)}); it goes on elsewhere once its lease is over`);
    return 'untold';
  } finally {
    heartbeat.stop();
    shutdown.removeEventListener('abort', onShutdown);
    clearTimeout(goodbye);
    dropped.abort(new Error('the work is over'));
  }
}
