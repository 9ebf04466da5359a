import type { ShownKey, ShownWorkerToken } from '@thaw/contract/apiKeys';
import type { ApiKeyRow } from '../auth/insertKey.ts';

const shown = ({ id, name, prefix, createdAt, expiresAt, lastUsedAt }: ApiKeyRow) => ({
  id,
  name,
  prefix,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt?.toISOString() ?? null,
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
});

export const presentKey = (row: ApiKeyRow): ShownKey => ({ ...shown(row), scopes: row.scopes.filter((scope) => scope !== 'worker') });

export const presentWorkerToken = (row: ApiKeyRow, madeBy: ShownWorkerToken['madeBy']): ShownWorkerToken => ({ ...shown(row), madeBy });
