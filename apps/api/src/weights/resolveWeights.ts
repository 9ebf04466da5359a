import { backbones, weightsVariable, type Backbone } from '@thaw/contract/backbones';
import type { RunSpec } from '@thaw/contract/runSpec';
import { weightsKey } from '@thaw/contract/storageKeys';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { run } from '@thaw/db/schema/run';
import { weights } from '@thaw/db/schema/weights';
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';
import { canBeId, newId } from '../ids.ts';
import { ownRun } from '../runs/findRun.ts';
import { builtInWeights } from './builtInWeights.ts';
import { lockWeights } from './lockWeights.ts';

function noImageNet(backbone: Backbone): string {
  const { title, imageNetFile } = backbones[backbone];
  const variable = weightsVariable(backbone);
  return (
    `the ImageNet weights of ${title} are not here. Either restart with ${variable}=download where download.pytorch.org can be reached, which fetches ` +
    `torchvision's ${imageNetFile} once; or get a file with them (.pth or .safetensors) and restart with ${variable}=<file>. ` +
    'Without them a run can start from "none", random weights'
  );
}

/**
 * The row of the weights that a recipe names; null for random ones.
 * @throws validation-failed with the path `model.weights` where there are none such
 */
export async function resolveWeights(ctx: Context, { model }: RunSpec): Promise<string | null> {
  if (model.weights === 'none') return null;
  if (typeof model.weights === 'object') return ofCheckpoint(ctx, model.backbone, model.weights);
  const [found] = await ctx.db
    .select({ id: weights.id })
    .from(weights)
    .where(and(eq(weights.name, builtInWeights(model.backbone, model.weights)), isNull(weights.ownerId)))
    .orderBy(desc(weights.createdAt))
    .limit(1);
  if (found === undefined) throw invalid([{ path: 'model.weights', message: noImageNet(model.backbone) }]);
  return found.id;
}

/** Copies the checkpoint's model under its hash, so that the new run does not depend on what becomes of the old one. */
async function ofCheckpoint(ctx: Context, backbone: Backbone, wanted: { run: string; epoch: number }): Promise<string> {
  const { db, storage, caller } = ctx;
  const ofRun = db
    .select({ epoch: checkpoint.epoch, files: checkpoint.files, spec: run.spec })
    .from(checkpoint)
    .innerJoin(run, eq(run.id, checkpoint.runId))
    .where(ownRun(caller, wanted.run))
    .orderBy(desc(checkpoint.attempt), desc(checkpoint.step));
  const rows = canBeId(wanted.run) ? await ofRun : [];
  const trained = rows[0]?.spec.model.backbone ?? backbone;
  if (trained !== backbone)
    throw invalid([{ path: 'model.weights', message: `the checkpoints of run ${wanted.run} are of a ${backbones[trained].title}, and this run is of a ${backbones[backbone].title}: set model.backbone to "${trained}", or name a run of a ${backbones[backbone].title}` }]);
  const file = rows.find(({ epoch }) => epoch === wanted.epoch)?.files.find(({ name }) => name === 'model.safetensors');
  if (file === undefined) {
    const epochs = [...new Set(rows.map(({ epoch }) => epoch))].sort((a, b) => a - b).join(', ');
    const there = rows.length > 0 ? `that run has checkpoints of epoch ${epochs}` : 'there is no checkpoint of such a run; GET /v1/runs lists yours';
    throw invalid([{ path: 'model.weights', message: `no checkpoint of epoch ${wanted.epoch} of run ${wanted.run}: ${there}` }]);
  }
  const key = weightsKey(file.sha256, 'safetensors');
  const name = `${wanted.run}/epoch-${wanted.epoch}`;
  const values = { id: newId('weights'), ownerId: caller.userId, name, key, bytes: file.bytes, sha256: file.sha256 };
  const [row] = await db.transaction(async (tx) => {
    await lockWeights(tx, key);
    if ((await storage.size(key)) !== file.bytes) await storage.copy(file.key, key);
    return tx
      .insert(weights)
      .values(values)
      .onConflictDoUpdate({ target: [weights.ownerId, weights.name, weights.sha256], set: { createdAt: sql`now()` } })
      .returning({ id: weights.id });
  });
  if (row === undefined) throw new Error(`The weights ${name} were stored and are gone.`);
  return row.id;
}
