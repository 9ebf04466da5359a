import { z } from 'zod';
import { line } from './line.ts';

/** What a key may do. `worker` keys claim runs and can do nothing else. */
export const apiScope = z.enum(['read', 'runs', 'datasets', 'admin', 'worker']);
export type ApiScope = z.infer<typeof apiScope>;

/** What a person's key may do: `read` is part of each of the others, `admin` is all that its owner may do. */
export const personScope = apiScope.exclude(['worker']);
export type PersonScope = z.infer<typeof personScope>;

/** Keys of a person that work, and tokens for workers that work: so many at most. */
export const maxKeysPerOwner = 50;

const keyName = line(100, z.string().trim().min(1));
/** After this moment the key opens nothing. Null: until it is revoked. */
const expiresAt = z.iso.datetime({ offset: true }).nullable().default(null);

/** Body of POST /v1/api-keys. */
export const createKeyRequest = z.strictObject({ name: keyName, scopes: z.array(personScope).min(1).max(personScope.options.length), expiresAt });
/** Body of POST /v1/worker-tokens. */
export const createWorkerTokenRequest = z.strictObject({ name: keyName, expiresAt });

const shown = {
  id: z.string(),
  name: z.string(),
  /** How the key begins. The rest of it is not kept, only a hash. */
  prefix: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  /** To within a minute; null: never. */
  lastUsedAt: z.iso.datetime().nullable(),
};
export const shownKey = z.object({ ...shown, scopes: z.array(personScope) });
export type ShownKey = z.infer<typeof shownKey>;

/** `madeBy`: the administrator with whose account the token works. */
export const shownWorkerToken = z.object({ ...shown, madeBy: z.object({ id: z.string(), name: z.string() }) });
export type ShownWorkerToken = z.infer<typeof shownWorkerToken>;

/** The only answer in which a key or token ever stands whole. */
export const madeKey = shownKey.extend({ key: z.string() });
export type MadeKey = z.infer<typeof madeKey>;
export const madeWorkerToken = shownWorkerToken.extend({ token: z.string() });
export type MadeWorkerToken = z.infer<typeof madeWorkerToken>;
