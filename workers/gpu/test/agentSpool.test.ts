import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TrainerEvent } from '@thaw/contract/events';
import { createEventSpool, type EventSpool } from '../src/agent/eventSpool.ts';
import { readLines } from '../src/agent/readLines.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';

const newFolder = temporaryFolders();
const { signal } = new AbortController();
const log = (step: number, length = 10): TrainerEvent => ({ type: 'log', step, level: 'info', message: 'é'.repeat(length) });
const steps = (from: number, to: number): TrainerEvent[] => Array.from({ length: to - from }, (_, i) => log(from + i));

describe('the event spool', () => {
  let path: string;
  let spool: EventSpool;
  beforeEach(async () => {
    path = join(await newFolder(), 'spool');
    spool = await createEventSpool(path, { lingerMs: 40, maxEvents: 100, maxBytes: 20_000 });
    return () => spool.dispose();
  });

  /** Takes all batches until the spool is closed and empty. */
  async function drain(): Promise<TrainerEvent[][]> {
    const batches: TrainerEvent[][] = [];
    for (let batch = await spool.next(signal); batch !== null; batch = await spool.next(signal)) {
      expect(batch.seq).toBe(batches.length);
      batches.push(batch.events);
      await spool.acknowledge(batch.seq);
    }
    return batches;
  }

  test('gives everything back in order, in bounded batches', async () => {
    const events = [...steps(0, 250), log(250, 9000), log(251, 15_000), ...steps(252, 260)];
    for (let i = 0; i < events.length; i += 7) await spool.append(events.slice(i, i + 7));
    spool.close();
    const batches = await drain();
    expect(batches.flat()).toEqual(events);
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(100);
    for (const batch of batches) if (batch.length > 1) expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThan(21_000);
  });

  test('gives the same batch until it is acknowledged, whatever is appended meanwhile', async () => {
    await spool.append(steps(0, 3));
    const first = await spool.next(signal);
    await spool.append(steps(3, 6));
    expect(await spool.next(signal)).toBe(first);
    await spool.acknowledge(0);
    expect((await spool.next(signal))?.events).toEqual(steps(3, 6));
  });

  test('waits for company, but not long and not when there is enough', async () => {
    const next = spool.next(signal);
    await spool.append(steps(0, 1));
    await spool.append(steps(1, 2));
    expect((await next)?.events).toHaveLength(2);
    await spool.acknowledge(0);
    const slow = await createEventSpool(`${path}2`, { lingerMs: 60_000, maxEvents: 10 });
    await slow.append(steps(0, 10));
    expect((await slow.next(signal))?.events).toHaveLength(10);
    await slow.dispose();
  });

  test('empties its file when all is acknowledged, and says up to where', async () => {
    const position = await spool.append(steps(0, 5));
    await spool.append(steps(5, 150));
    let reached = false;
    const waiting = spool.acknowledged(position, signal).then(() => (reached = true));
    await spool.next(signal);
    expect(reached).toBe(false);
    await spool.acknowledge(0);
    await waiting;
    expect((await stat(path)).size).toBeGreaterThan(0);
    await spool.next(signal);
    await spool.acknowledge(1);
    expect((await stat(path)).size).toBe(0);
    await spool.append(steps(150, 151));
    expect((await spool.next(signal))?.events).toEqual(steps(150, 151));
  });

  test('an abort ends the waiting', async () => {
    const controller = new AbortController();
    const waits = [spool.next(controller.signal), spool.acknowledged(1, controller.signal)].map((wait) => expect(wait).rejects.toThrow('enough'));
    controller.abort(new Error('enough'));
    await Promise.all(waits);
  });
});

test('lines are bounded in length and come whole across chunks', async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  const reading = (async () => {
    for await (const some of readLines(stream, 10)) lines.push(...some);
  })();
  for (const chunk of ['ab', 'c\nd\r\n\nlong', 'long', 'long', 'long\nafter\nalso rather long\n', Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1), '\nend'])
    stream.write(chunk);
  stream.end();
  await reading;
  expect(lines).toEqual(['abc', 'd', '', 'longlonglo', 'after', 'also rathe', 'é', 'end']);
});
