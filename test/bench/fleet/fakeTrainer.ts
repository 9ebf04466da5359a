import { createHash } from 'node:crypto';
import type { TrainerEvent } from '@thaw/contract/events';
import type { Ticket } from '@thaw/contract/worker';
import type { AttemptClient } from '@thaw/gpu-worker/agent/apiClient';
import type { Tally } from './tally.ts';

export const stepsPerEpoch = 20;

export interface Training {
  ticket: Ticket;
  client: AttemptClient;
  tally: Tally;
  /** Returns when so much of an epoch's time has passed, or sooner: true where the worker has to go. Throws once it is gone. */
  work: (ofEpoch: number) => Promise<boolean>;
  /** Resolves at once, but while the worker sleeps. */
  awake: () => Promise<void>;
  /** The worker is gone: no call any more. */
  gone: AbortSignal;
}

/** What a trainer tells of a run and stores of it, at the same calls as the real one, with no training between. */
export async function train({ ticket, client, tally, work, awake, gone }: Training): Promise<void> {
  const total = ticket.spec.schedule.epochs * stepsPerEpoch;
  const begun = performance.now();
  let step = ticket.resume?.step ?? 0;
  let seq = 0;
  const post = async (events: TrainerEvent[]): Promise<void> => {
    await awake();
    await tally.time('events', () => client.postEvents({ seq: seq++, events }, gone));
  };
  await post([started(ticket, step)]);
  while (step < total) {
    const end = (Math.floor(step / stepsPerEpoch) + 1) * stepsPerEpoch;
    const mustGo = await work((end - step) / stepsPerEpoch);
    const reached = mustGo ? step + ((end - step) >> 1) : end;
    if (reached > step) await post(steps(step + 1, reached));
    step = reached;
    if (step > 0) await storeCheckpoint({ ticket, client, tally, awake, gone }, step);
    if (mustGo) return finish('stopped');
  }
  return finish('succeeded');

  async function finish(status: 'stopped' | 'succeeded'): Promise<void> {
    await awake();
    const outcome = { status, best: null, bestTest: null, seconds: (performance.now() - begun) / 1000, failure: null };
    await tally.time('finish', () => client.finish({ outcome, curves: [], evaluation: null }, gone));
  }
}

/** Two small files, put to the storage by presigned addresses, and the call that records them. */
export async function storeCheckpoint({ ticket, client, tally, awake, gone }: Omit<Training, 'work'>, step: number): Promise<void> {
  const files: Parameters<AttemptClient['recordCheckpoint']>[0]['files'] = [];
  for (const name of ['model.safetensors', 'state.safetensors'] as const) {
    await awake();
    const content = `${name} of ${ticket.run}, attempt ${ticket.attempt}, step ${step}`;
    const { key, url } = await tally.time('upload', () => client.requestUpload({ kind: 'checkpoint', step, name }, content.length, gone));
    await tally.time('put', () => put(url, content, gone));
    files.push({ name, key, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
  }
  await awake();
  await tally.time('checkpoint', () => client.recordCheckpoint({ epoch: Math.floor(step / stepsPerEpoch), step, best: true, files }, gone));
}

async function put(url: string, body: string, signal: AbortSignal): Promise<void> {
  const reply = await fetch(url, { method: 'PUT', body, signal });
  await reply.arrayBuffer();
  if (!reply.ok) throw new Error(`the storage answers ${reply.status}`);
}

export const started = (ticket: Ticket, step: number): TrainerEvent => ({
  type: 'started',
  step,
  resumedFromStep: step === 0 ? null : step,
  device: { type: 'gpu', name: 'none' },
  engine: 'none',
  weights: 'none',
  classes: 10,
  images: { train: 200, val: 0, test: 100 },
  stepsPerEpoch,
  epochs: ticket.spec.schedule.epochs,
});

/** Steps from one to another, both told, with the end of the epoch where the last of them is its last. */
export function steps(first: number, last: number): TrainerEvent[] {
  const epoch = Math.ceil(last / stepsPerEpoch);
  const told: TrainerEvent[] = [];
  for (let step = first; step <= last; step++) told.push({ type: 'iteration', step, epoch, phase: 'full', loss: 1 / step, learningRate: 1e-3, accuracy: 0.5 });
  const figures = { trainLoss: 1, trainAccuracy: 0.5, valLoss: null, valAccuracy: null, testLoss: 1, testAccuracy: 0.5, imagesPerSecond: 100, seconds: 1 };
  if (last % stepsPerEpoch === 0) told.push({ type: 'epoch', epoch, step: last, phase: 'full', learningRate: 1e-3, ...figures });
  return told;
}
