import type { DatasetManifest } from '@thaw/contract/datasets';
import type { TaskTicket, TaskWork } from '@thaw/contract/tasks';
import type { RemoteFile } from '@thaw/contract/worker';
import type { TaskInput, TaskRow } from '@thaw/db/schema/task';
import path from 'node:path';
import type { Context, WorkerCaller } from '../context.ts';
import { exportedName } from '../exports/fileNames.ts';
import type { TaskParts } from './findTaskParts.ts';

type OfKind<K extends TaskInput['kind']> = Extract<TaskInput, { kind: K }>;
type Sign = (file: { key: string; bytes: number; sha256: string }) => Promise<RemoteFile>;

/** All that the worker needs, with presigned addresses in place of storage keys. */
export async function signTask(ctx: Context<WorkerCaller>, { row, parts, token }: { row: TaskRow; parts: TaskParts; token: string }): Promise<TaskTicket> {
  const sign: Sign = async ({ key, bytes, sha256 }) => ({ name: path.posix.basename(key), url: await ctx.storage.presignGet(key, 'worker'), bytes, sha256 });
  return {
    task: row.id,
    attempt: row.attempt,
    attemptToken: token,
    leaseSeconds: ctx.settings.leaseSeconds,
    heartbeatSeconds: ctx.settings.heartbeatSeconds,
    work: await workOf(row.input, parts, sign),
  };
}

async function workOf(input: TaskInput, parts: TaskParts, sign: Sign): Promise<TaskWork> {
  if (input.kind === 'preview') {
    if (parts.kind !== 'preview') throw new Error('A preview was given the parts of an export.');
    const { spec, images, draws } = input;
    return { kind: 'preview', spec, manifest: parts.manifest, packs: await signPacks(parts.manifest, sign), images, draws };
  }
  if (parts.kind === 'preview') throw new Error('An export was given the parts of a preview.');
  const { format } = input;
  return { kind: 'export', format, with: input.with, fileName: exportedName(parts.run.name, input), source: await sourceOf(input, parts, sign) };
}

async function sourceOf(input: OfKind<'export'>, parts: Exclude<TaskParts, { kind: 'preview' }>, sign: Sign) {
  if (parts.kind === 'untuned') {
    const { spec, manifest, weights } = parts;
    const measured = spec.data.normalization === 'dataset';
    return { kind: parts.kind, spec, manifest, packs: measured ? await signPacks(manifest, sign) : [], weights: weights && (await sign(weights)) };
  }
  const file = (name: string) => parts.files.find((one) => one.name === name);
  const [model, state] = [file('model.safetensors'), file('state.safetensors')];
  if (model === undefined) throw new Error('A checkpoint has no model.');
  const card = input.with.includes('card');
  return {
    kind: parts.kind,
    model: await sign(model),
    state: card && state !== undefined ? await sign(state) : null,
    // Whether it is of this checkpoint, the exporter sees by the hash in it.
    evaluation: card && parts.run.evaluation !== null ? await sign(parts.run.evaluation) : null,
  };
}

const signPacks = (manifest: DatasetManifest, sign: Sign) => Promise.all(manifest.packs.map(async (pack) => ({ ...(await sign(pack)), split: pack.split })));
