import type { Checkpoint } from '@thaw/contract/runs';
import type { RunRow } from '@thaw/db/schema/run';
import type { Context } from '../context.ts';
import type { Standing } from './standing.ts';

const millisecondsOfDay = 86_400_000;

/** A checkpoint as the API shows it. */
export function presentCheckpoint({ storage, settings }: Pick<Context, 'storage' | 'settings'>, { finishedAt }: RunRow, { row, best, stays }: Standing): Checkpoint {
  const { epoch, step, attempt, createdAt, pinnedAt } = row;
  const days = settings.checkpointDays;
  const expires = stays || finishedAt === null || days === undefined ? null : new Date(finishedAt.getTime() + days * millisecondsOfDay);
  return {
    epoch,
    step,
    attempt,
    best,
    files: row.files.map(({ name, key, bytes, sha256 }) => ({ name, uri: storage.uri(key), bytes, sha256 })),
    createdAt: createdAt.toISOString(),
    pinned: pinnedAt !== null,
    expiresAt: expires?.toISOString() ?? null,
  };
}
