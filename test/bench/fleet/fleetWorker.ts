import { setTimeout as sleep } from 'node:timers/promises';
import type { Ticket } from '@thaw/contract/worker';
import { createApiClient, type AttemptClient } from '@thaw/gpu-worker/agent/apiClient';
import { ApiRefusal, StaleAttempt } from '@thaw/worker-agent/apiCalls';
import { startHeartbeat } from '@thaw/worker-agent/heartbeat';
import { started, train } from './fakeTrainer.ts';
import type { Tally } from './tally.ts';

export interface FleetWorkerOptions {
  url: string;
  token: string;
  name: string;
  /** Numbers from 0 to 1. */
  random: () => number;
  epochSeconds: number;
  /** How likely it is, of one attempt, that its worker vanishes, falls asleep for longer than its lease, or is told to go. */
  odds: { vanishes: number; sleeps: number; goes: number };
  tally: Tally;
  /** There is nothing more to do. */
  over: AbortSignal;
}

const pollSeconds = 1;
const silent = (): void => undefined;

/** A worker with one GPU, for as long as the fleet is there: claims and works, with the agent's own client and heartbeat. One that dies is followed by another. */
export async function fleetWorker(options: FleetWorkerOptions): Promise<void> {
  const { url, token, random, tally, over } = options;
  const api = createApiClient({ url, workerToken: token, log: silent, backoff: { firstMs: 250, maxMs: 2000 } });
  for (let life = 0; !over.aborted; ) {
    const worker = { name: `${options.name}-${life}`, device: { type: 'gpu', name: 'none' } } as const;
    const begun = performance.now();
    const ticket = await api.claim({ worker }).catch((error: unknown) => {
      if (error instanceof ApiRefusal) throw error;
      tally.count('claim without an answer');
      return null;
    });
    if (ticket === null) {
      await sleep(pollSeconds * 1000 * (0.5 + random()), undefined, { signal: over }).catch(silent);
      continue;
    }
    tally.took('claim', performance.now() - begun);
    if ((await attempt(ticket, options, (onStale) => api.ofAttempt(ticket, onStale))) === 'vanished') life++;
  }
}

type Fate = 'works' | 'vanishes' | 'sleeps' | 'goes';

/** A third attempt in a row that leaves no checkpoint would be the end of its run, as it should: such bad luck is left out. */
function drawFate(ticket: Ticket, { random, odds }: FleetWorkerOptions): Fate {
  const drawn = random();
  if (ticket.attempt > 1 && ticket.resume === null) return 'works';
  if (drawn < odds.vanishes) return 'vanishes';
  if (drawn < odds.vanishes + odds.sleeps) return 'sleeps';
  return drawn < odds.vanishes + odds.sleeps + odds.goes ? 'goes' : 'works';
}

async function attempt(ticket: Ticket, options: FleetWorkerOptions, connect: (onStale: (stale: StaleAttempt) => void) => AttemptClient): Promise<'over' | 'vanished'> {
  const { random, epochSeconds, tally } = options;
  const fate = drawFate(ticket, options);
  const [gone, told] = [new AbortController(), new AbortController()];
  const client = connect((stale) => gone.abort(stale));
  let awake = Promise.resolve();
  const beating = () =>
    startHeartbeat({
      beat: (signal) => tally.time('heartbeat', () => client.heartbeat(signal)),
      intervalSeconds: ticket.heartbeatSeconds,
      leaseSeconds: ticket.leaseSeconds,
      log: silent,
      onStop: silent,
      onRefused: (refusal) => gone.abort(refusal),
    });
  let heartbeat = beating();
  const fallAsleep = (): void => {
    heartbeat.stop();
    awake = sleep(ticket.leaseSeconds * 2000).then(async () => {
      if (await isRefused(ticket, client, options)) gone.abort(new StaleAttempt(409, 'it has slept too long'));
      else heartbeat = beating();
    });
  };
  const happens = { works: silent, vanishes: () => gone.abort(new Error('the worker has vanished')), sleeps: fallAsleep, goes: () => told.abort() };
  const left = ticket.spec.schedule.epochs - (ticket.resume?.epoch ?? 0);
  const moment = setTimeout(() => (tally.count(fate), happens[fate]()), 1000 * random() * epochSeconds * left);
  const work = async (ofEpoch: number): Promise<boolean> => {
    const seconds = epochSeconds * ofEpoch * (0.5 + random());
    await sleep(seconds * 1000, undefined, { signal: AbortSignal.any([gone.signal, told.signal]) }).catch(silent);
    gone.signal.throwIfAborted();
    return told.signal.aborted;
  };
  try {
    await train({ ticket, client, tally, work, awake: () => awake, gone: gone.signal });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    if (gone.signal.reason instanceof ApiRefusal) tally.count('attempt taken away');
  } finally {
    clearTimeout(moment);
    heartbeat.stop();
    await awake;
    heartbeat.stop();
  }
  return fate === 'vanishes' && gone.signal.aborted ? 'vanished' : 'over';
}

/** One that comes back after its lease tries everything, as it would have gone on. Whatever is taken once the run has gone on is a fault. */
async function isRefused(ticket: Ticket, client: AttemptClient, { tally }: FleetWorkerOptions): Promise<boolean> {
  const patience = AbortSignal.timeout(60_000);
  const refused = (call: Promise<unknown>): Promise<boolean> => call.then(() => false, (error: unknown) => error instanceof StaleAttempt);
  if (!(await refused(client.heartbeat(patience)))) return false;
  const outcome = { status: 'succeeded', best: null, bestTest: null, seconds: 1, failure: null } as const;
  const files = (['model.safetensors', 'state.safetensors'] as const).map((name) => ({ name, key: name, bytes: 1, sha256: '0'.repeat(64) }));
  const calls = [
    client.heartbeat(patience),
    client.postEvents({ seq: 1000, events: [started(ticket, 0)] }, patience),
    client.requestUpload({ kind: 'checkpoint', step: 1, name: 'model.safetensors' }, 1, patience),
    client.recordCheckpoint({ epoch: 0, step: 0, best: true, files }, patience),
    client.finish({ outcome, curves: [], evaluation: null }, patience),
  ];
  for (const was of await Promise.all(calls.map(refused))) tally.count(was ? 'call of a sleeper refused' : 'call of a sleeper taken');
  return true;
}
