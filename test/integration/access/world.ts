import { createHash } from 'node:crypto';
import type { Checkpoint, Run } from '@thaw/contract/runs';
import type { PartsReply, Upload } from '@thaw/contract/uploads';
import { smallEvaluation } from '../../../workers/gpu/test/fixtures/smallEvaluation.ts';
import { smallPredictions } from '../../../workers/gpu/test/fixtures/smallPredictions.ts';
import { anyStorage, claim, epochEnd, epochOf, smallRun, startApi, started, type Api, type Person } from '../apiHarness.ts';
import { claimIngest, petImages, uploadedDataset } from '../ingestByHand.ts';
import { claimTask } from '../taskByHand.ts';

/** A running API with two people and an administrator. What they have is made when it is asked for. */
export interface World {
  api: Api;
  alice: Person;
  bob: Person;
  /** An administrator. */
  root: Person;
}

export async function startWorld(env: Record<string, string> = {}): Promise<World> {
  const api = await startApi({ s3: anyStorage, env });
  const [alice, bob] = [await api.person('alice', ['admin']), await api.person('bob', ['admin'])];
  return { api, alice, bob, root: await api.person('root', ['admin'], 'administrator') };
}

/** Posts, and fails where it is not taken. */
export async function post<T>(who: Person, path: string, body?: unknown): Promise<T> {
  const reply = await who.call<T>('POST', path, body);
  if (reply.status >= 300) throw new Error(`POST ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body;
}

export const waitingRun = (who: Person, more: object = {}): Promise<Run> => post<Run>(who, '/v1/runs', { ...smallRun, ...more });

export async function cancelledRun(who: Person): Promise<Run> {
  const { id } = await waitingRun(who);
  return post<Run>(who, `/v1/runs/${id}/cancel`);
}

/** A run that has succeeded, with checkpoints of two epochs, a stored curve and an evaluation. */
export async function finishedRun({ api }: World, who: Person): Promise<{ run: Run; checkpoints: Checkpoint[] }> {
  const { id } = await waitingRun(who);
  const attempt = await claim(api, id);
  if (attempt === null) throw new Error('no run to claim');
  await attempt.events(0, [started(), epochEnd(0), ...epochOf(1), ...epochOf(2)]);
  await attempt.checkpoint(1, 3);
  await attempt.checkpoint(2, 6);
  const file = async (kind: string, name: string, content: string | Buffer<ArrayBuffer>) => ({
    name,
    key: await attempt.upload({ kind, name }, content),
    bytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  });
  const curves = [await file('curve', 'iterations.csv', 'step,loss\n1,0.5\n')];
  const evaluation = {
    ...(await file('evaluation', 'evaluation.json', JSON.stringify(smallEvaluation))),
    predictions: await file('predictions', 'predictions.safetensors', smallPredictions),
  };
  const { status } = await attempt.finish('succeeded', { curves, evaluation });
  if (status !== 204) throw new Error(`finish: ${status}`);
  const { body } = await who.call<{ items: Checkpoint[] }>('GET', `/v1/runs/${id}/checkpoints`);
  return { run: (await who.call<Run>('GET', `/v1/runs/${id}`)).body, checkpoints: body.items };
}

interface Version {
  id: string;
  version: number;
}

/** A version that waits to be imported. */
export async function waitingVersion({ api }: World, who: Person): Promise<Version> {
  const { dataset: id, version } = await uploadedDataset(api, who);
  return { id, version };
}

export async function readyVersion(world: World, who: Person): Promise<Version> {
  const made = await waitingVersion(world, who);
  await (await claimIngest(world.api, { dataset: made.id, version: made.version }))?.complete(petImages());
  return made;
}

/** A version whose import may be tried again. */
export async function failedVersion(world: World, who: Person): Promise<Version> {
  const made = await waitingVersion(world, who);
  const ended = "status = 'failed', finished_at = now()";
  await world.api.sql.unsafe(`update dataset_version set ${ended}, failure = $1::json where dataset_id = $2`, [JSON.stringify({ code: 'worker_lost', message: 'lost' }), made.id]);
  return made;
}

/** An export or a preview that is done. @returns its id */
export async function madeTask({ api }: World, who: Person, path: string, body: object): Promise<string> {
  const { id } = await post<{ id: string }>(who, path, body);
  for (let task = await claimTask(api); task !== null; task = await claimTask(api)) await task.complete();
  return id;
}

export async function openUpload(who: Person, bytes = 10): Promise<Upload> {
  const { id } = await post<{ id: string }>(who, '/v1/datasets', { name: 'pets' });
  return post<Upload>(who, `/v1/datasets/${id}/uploads`, { fileName: 'pets.zip', bytes });
}

/** An upload whose parts have all arrived. */
export async function sentUpload(who: Person): Promise<Upload> {
  const made = await openUpload(who);
  const { parts } = await post<PartsReply>(who, `/v1/uploads/${made.id}/parts`, { parts: [1] });
  for (const { url, bytes } of parts) await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) });
  return made;
}
