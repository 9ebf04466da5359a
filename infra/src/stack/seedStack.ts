import { ensureAdministrator } from '@thaw/api/accounts/ensureAdministrator';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import { findKey } from '@thaw/api/auth/findKey';
import { importCifar10 } from '@thaw/api/datasets/importCifar10';
import type { Storage } from '@thaw/api/storage/storage';
import { importWeights } from '@thaw/api/weights/importWeights';
import { backbones, weightsVariable, type Backbone } from '@thaw/contract/backbones';
import type { Database } from '@thaw/db/client';
import { backboneOf } from '@thaw/gpu-worker/model/blockTables';
import { readWeights } from '@thaw/gpu-worker/weights/readWeights';
import { WeightsError } from '@thaw/gpu-worker/weights/weightsError';
import type { SetupPaths } from './setupPaths.ts';
import { StackError, UsageError } from './stackError.ts';
import type { StateFolder } from './stateFolder.ts';

/** What the local user's key may do: all that a person may. */
const personScopes = ['read', 'runs', 'datasets', 'admin'] as const;

const localUser = { email: 'local@thaw.invalid', name: 'Local user' } as const;

export interface LocalAccess {
  email: string;
  /** Null: the local user has chosen another one. */
  password: string | null;
  apiKey: string;
  workerToken: string;
}

/**
 * Makes sure that the local user has a key and a password and the workers a token, and that the database knows those in the state folder (it
 * may be another database than last time).
 */
export async function ensureAccess(db: Database, state: StateFolder): Promise<LocalAccess> {
  const { password } = state.secrets;
  const { id: ownerId, hasPassword } = await ensureAdministrator({ db }, { ...localUser, password });
  const valid = async (key: string | null): Promise<string | null> => (key !== null && (await findKey(db, key)) !== null ? key : null);
  const { secrets } = state;
  const apiKey = (await valid(secrets.apiKey)) ?? (await createApiKey({ db }, { ownerId, name: 'local', scopes: [...personScopes] })).key;
  const workerToken = (await valid(secrets.workerToken)) ?? (await createApiKey({ db }, { ownerId, name: 'local workers', scopes: ['worker'] })).key;
  state.saveSecrets({ apiKey, workerToken });
  return { email: localUser.email, password: hasPassword ? password : null, apiKey, workerToken };
}

/** Brings CIFAR-10 and, where this machine has them, the ImageNet weights into the storage; quick when they are there already. */
export async function importBuiltIns(into: { db: Database; storage: Storage }, { cifar10, weights }: SetupPaths): Promise<void> {
  if (cifar10 === null) throw new StackError('CIFAR-10 is not set up. Run "npm run setup" first.');
  const files = (Object.entries(weights) as [Backbone, string][]).map(([backbone, file]) => ({ backbone, file }));
  files.forEach(requireWeights);
  await Promise.all([importCifar10(into, { folder: cifar10 }), ...files.map((given) => importWeights(into, given))]);
}

/** A file that is none would fail every run, hours later and elsewhere. */
function requireWeights({ backbone, file }: { backbone: Backbone; file: string }): void {
  try {
    const found = backboneOf(readWeights(file).keys());
    if (found === backbone) return;
    const whose = found === null ? 'another network' : `a ${backbones[found].title}`;
    throw new WeightsError(`${file} holds the weights of ${whose}; name a file for ${backbones[backbone].title}.`);
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error;
    throw new UsageError(`The ImageNet weights (${weightsVariable(backbone)}) cannot be used. ${error.message}`);
  }
}
