import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Run } from '@thaw/contract/runs';
import { openSafetensors } from '@thaw/formats/safetensors';
import { expect } from 'vitest';
import { full, goalSeconds, type Figures, type FaultWorld } from './faultWorld.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/**
 * What must hold of every run that has ended, whatever happened on its way: each step and epoch once, its checkpoints whole and the newest
 * one of its last step, its files there, its attempts ended, and no multipart upload hanging in the storage.
 *
 * @param steps of the whole run, where it was to go to its end
 * @param whole what the same run comes to that nothing happens to: to the bit, on a CPU
 */
export async function expectSound(world: FaultWorld, id: string, { status, steps, whole = null }: { status: Run['status']; steps?: number; whole?: Figures | null }): Promise<Run> {
  const run = await world.run(id);
  expect(run, JSON.stringify(run.failure)).toMatchObject({ status, ...(steps !== undefined && { step: steps }) });
  const { iterations, epochs } = await world.metrics(id);
  expect(iterations.map(({ step }) => step)).toEqual(range(1, run.step));
  const told = epochs.map(({ epoch }) => epoch);
  expect(told).toEqual(told.length === 0 ? [] : range(full ? 0 : 1, run.stepsPerEpoch === null ? 0 : Math.floor(run.step / run.stepsPerEpoch)));

  const checkpoints = await world.checkpoints(id);
  for (const { files } of checkpoints)
    for (const { uri, bytes, sha256 } of files) {
      const content = await world.object(uri);
      expect({ bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }).toEqual({ bytes, sha256 });
    }
  if (status === 'succeeded' || (status === 'cancelled' && run.step > 0)) {
    const newest = checkpoints.at(-1);
    expect(newest?.step).toBe(run.step);
    if (full) await expectLoads(world, newest?.files.find(({ name }) => name === 'model.safetensors')?.uri ?? '');
  }
  if (whole !== null) expect(await world.figures(id)).toEqual(whole);
  if (status === 'succeeded') expect(run.curves.map(({ name }) => name).sort()).toEqual(['epochs.csv', 'events.ndjson', 'iterations.csv']);
  for (const { name, uri, bytes } of run.curves) {
    const content = await world.object(uri);
    expect(content.length).toBe(bytes);
    if (name === 'iterations.csv') expect(content.toString().trim().split('\n')).toHaveLength(run.step + 1);
  }

  const attempts = await world.sql<{ number: number; outcome: string | null }[]>`select number, outcome from attempt where run_id = ${id} order by number`;
  expect(attempts.map(({ number }) => number)).toEqual(range(1, run.attempt));
  expect(attempts.filter(({ outcome }) => outcome === null)).toEqual([]);
  await inStorage(world, async (client, Bucket) => {
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
  });
  return run;
}

/** Where no table says it, a recovery that takes too long is a failure. */
export function expectInTime(seconds: number | null, goal = goalSeconds): void {
  if (!full && seconds !== null) expect(seconds).toBeLessThan(goal);
}

/** That a run is as it should be, in words. */
export const everyStep = (whole: Figures | null): string => (whole === null ? 'every step once' : 'every step once, figures and model those of an undisturbed run');

async function expectLoads(world: FaultWorld, uri: string): Promise<void> {
  const file = path.join(world.folder, 'newest.safetensors');
  writeFileSync(file, await world.object(uri));
  const model = openSafetensors(file);
  expect(model.entries.get('fc.weight')?.shape).toEqual([10, 512]);
  model.close();
}

/** All that the database and the storage hold of a run, to be compared. Objects that no row names are not of it. */
export async function contentOf(world: FaultWorld, id: string): Promise<unknown> {
  const tables = ['attempt', 'checkpoint', 'metric_batch', 'metric_chunk', 'run'];
  const rows = await Promise.all(
    tables.map(async (table) => {
      const of = world.sql(table === 'run' ? 'id' : 'run_id');
      return world.sql`select ${table} as table, count(*)::int, md5(string_agg(t::text, '|' order by t::text)) from ${world.sql(table)} t where ${of} = ${id}`;
    }),
  );
  const run = await world.run(id);
  const named = new Set([...run.curves, ...(await world.checkpoints(id)).flatMap(({ files }) => files)].map(({ uri }) => uri.replace(/^s3:\/\/[^/]+\//, '')));
  const objects = await inStorage(world, async (client, Bucket) => (await client.send(new ListObjectsV2Command({ Bucket, Prefix: `runs/${id}/` }))).Contents ?? []);
  return { rows: rows.map(([row]) => row), objects: objects.filter(({ Key }) => named.has(Key ?? '')).map(({ Key, ETag, LastModified }) => [Key, ETag, LastModified]) };
}

export const keysUnder = (world: FaultWorld, prefix: string): Promise<string[]> =>
  inStorage(world, async (client, Bucket) => ((await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }))).Contents ?? []).flatMap(({ Key }) => Key ?? []));

async function inStorage<T>({ servers }: FaultWorld, ask: (client: S3Client, bucket: string) => Promise<T>): Promise<T> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = servers.s3;
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  try {
    return await ask(client, bucket);
  } finally {
    client.destroy();
  }
}
