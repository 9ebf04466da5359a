import type { DatasetManifest } from '@thaw/contract/datasets';
import type { RemoteFile, Ticket } from '@thaw/contract/worker';
import type { checkpoint } from '@thaw/db/schema/checkpoint';
import type { RunRow } from '@thaw/db/schema/run';
import type { weights } from '@thaw/db/schema/weights';
import path from 'node:path';
import type { Context, WorkerCaller } from '../context.ts';
import { completeSpec } from '@thaw/contract/completeSpec';

export interface Claimed {
  row: RunRow;
  number: number;
  token: string;
  manifest: DatasetManifest;
  weights: typeof weights.$inferSelect | null;
  checkpoint: typeof checkpoint.$inferSelect | null;
  best: typeof checkpoint.$inferSelect | null;
}

/** All that the worker needs, with presigned addresses in place of storage keys. */
export async function signTicket(ctx: Context<WorkerCaller>, { row, number, token, manifest, weights, checkpoint, best }: Claimed): Promise<Ticket> {
  const sign = async ({ key, bytes, sha256 }: { key: string; bytes: number; sha256: string }): Promise<RemoteFile> => ({
    name: path.posix.basename(key),
    url: await ctx.storage.presignGet(key, 'worker'),
    bytes,
    sha256,
  });
  const signCheckpoint = async ({ epoch, step, files }: NonNullable<Claimed['checkpoint']>) => ({
    epoch,
    step,
    files: await Promise.all(files.map(async (file) => ({ ...(await sign(file)), name: file.name }))),
  });
  return {
    run: row.id,
    attempt: number,
    attemptToken: token,
    leaseSeconds: ctx.settings.leaseSeconds,
    heartbeatSeconds: ctx.settings.heartbeatSeconds,
    spec: completeSpec(row.spec),
    manifest,
    packs: await Promise.all(manifest.packs.map(async (pack) => ({ ...(await sign(pack)), split: pack.split }))),
    weights: weights && (await sign(weights)),
    resume: checkpoint && (await signCheckpoint(checkpoint)),
    best: best && (await signCheckpoint(best)),
  };
}
