import type { Backbone } from '@thaw/contract/backbones';
import { weightsKey } from '@thaw/contract/storageKeys';
import { weights } from '@thaw/db/schema/weights';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { sql } from 'drizzle-orm';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Context, SystemCaller } from '../context.ts';
import { newId } from '../ids.ts';
import { builtInWeights } from './builtInWeights.ts';

/**
 * Offers a file as the built-in weights imagenet1k_v1 of a backbone from now on. It is stored under its hash, and what was offered before
 * stays for the runs that began with it. Idempotent, and safe when two do it at once. The worker reads the file by its
 * content; here it is not opened.
 */
export async function importWeights(
  { db, storage }: Pick<Context<SystemCaller>, 'db' | 'storage'>,
  { backbone, file }: { backbone: Backbone; file: string },
): Promise<{ sha256: string; bytes: number }> {
  const [{ size: bytes }, sha256] = await Promise.all([stat(file), sha256OfFile(file)]);
  const extension = path.extname(file).slice(1).toLowerCase();
  const key = weightsKey(sha256, /^[a-z0-9]{1,16}$/.test(extension) ? extension : 'bin');
  if ((await storage.size(key)) !== bytes) await storage.putFile(key, file);
  await db
    .insert(weights)
    .values({ id: newId('weights'), ownerId: null, name: builtInWeights(backbone, 'imagenet1k_v1'), key, bytes, sha256 })
    .onConflictDoUpdate({ target: [weights.ownerId, weights.name, weights.sha256], set: { key, bytes, createdAt: sql`now()` } });
  return { sha256, bytes };
}
