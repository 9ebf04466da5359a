import type { RunSpec } from '@thaw/contract/runSpec';
import { weightsKey } from '@thaw/contract/storageKeys';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { run } from '@thaw/db/schema/run';
import { weights } from '@thaw/db/schema/weights';
import { and, desc, eq, isNull } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';
import { canBeId, newId } from '../ids.ts';
import { ownRun } from '../runs/findRun.ts';

const noImageNet =
  'the ImageNet weights are not here. Either let this machine reach download.pytorch.org, from where torchvision\'s resnet18-f37072fd.pth is ' +
  'fetched at the next start; or get a file with them (.pth or .safetensors), set THAW_RESNET18_WEIGHTS=<file> and restart. ' +
  'Without them a run can start from "none", random weights';

/**
 * The row of the weights that a recipe names; null for random ones.
 * @throws validation-failed with the path `model.weights` where there are none such
 */
export async function resolveWeights(ctx: Context, { model }: RunSpec): Promise<string | null> {
  if (model.weights === 'none') return null;
  if (typeof model.weights === 'object') return ofCheckpoint(ctx, model.weights);
  const [found] = await ctx.db
    .select({ id: weights.id })
    .from(weights)
    .where(and(eq(weights.name, model.weights), isNull(weights.ownerId)))
    .orderBy(desc(weights.createdAt))
    .limit(1);
  if (found === undefined) throw invalid([{ path: 'model.weights', message: noImageNet }]);
  return found.id;
}

/** Copies the checkpoint's model under its hash, so that the new run does not depend on what becomes of the old one. */
async function ofCheckpoint(ctx: Context, wanted: { run: string; epoch: number }): Promise<string> {
  const { db, storage, caller } = ctx;
  const ofRun = db
    .select({ epoch: checkpoint.epoch, files: checkpoint.files })
    .from(checkpoint)
    .innerJoin(run, eq(run.id, checkpoint.runId))
    .where(ownRun(caller, wanted.run))
    .orderBy(desc(checkpoint.attempt), desc(checkpoint.step));
  const rows = canBeId(wanted.run) ? await ofRun : [];
  const file = rows.find(({ epoch }) => epoch === wanted.epoch)?.files.find(({ name }) => name === 'model.safetensors');
  if (file === undefined) {
    const epochs = [...new Set(rows.map(({ epoch }) => epoch))].sort((a, b) => a - b).join(', ');
    const there = rows.length > 0 ? `that run has checkpoints of epoch ${epochs}` : 'there is no checkpoint of such a run; GET /v1/runs lists yours';
    throw invalid([{ path: 'model.weights', message: `no checkpoint of epoch ${wanted.epoch} of run ${wanted.run}: ${there}` }]);
  }
  const key = weightsKey(file.sha256, 'safetensors');
  if ((await storage.size(key)) !== file.bytes) await storage.copy(file.key, key);
  const name = `${wanted.run}/epoch-${wanted.epoch}`;
  await db
    .insert(weights)
    .values({ id: newId('weights'), ownerId: caller.userId, name, key, bytes: file.bytes, sha256: file.sha256 })
    .onConflictDoNothing();
  const [row] = await db
    .select({ id: weights.id })
    .from(weights)
    .where(and(eq(weights.ownerId, caller.userId), eq(weights.name, name), eq(weights.sha256, file.sha256)));
  if (row === undefined) throw new Error(`The weights ${name} were stored and are gone.`);
  return row.id;
}
