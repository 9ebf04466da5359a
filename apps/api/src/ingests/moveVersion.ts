import { isTerminalVersion } from '@thaw/contract/datasets';
import type { IngestFailureCode } from '@thaw/contract/ingestFailures';
import type { Executor } from '@thaw/db/client';
import { datasetVersion, type DatasetVersionRow } from '@thaw/db/schema/datasetVersion';
import { sql } from 'drizzle-orm';
import { secondsFromNow } from '../attempts/lease.ts';
import { withoutSource } from '../datasets/versionFacts.ts';
import { notify } from '../notify.ts';
import { announceVersion } from '../webhooks/announce.ts';
import type { NextState } from '../work/afterAttempt.ts';
import { isVersion } from './currentVersion.ts';

type Ready = { status: 'ready' } & Pick<DatasetVersionRow, 'manifest' | 'manifestKey' | 'images' | 'quarantined'>;

/** Puts a version whose row the transaction has locked where it goes next, and says so to those who watch. */
export async function moveVersion(tx: Executor, { datasetId, version }: Pick<DatasetVersionRow, 'datasetId' | 'version'>, next: NextState<IngestFailureCode> | Ready): Promise<void> {
  const terminal = isTerminalVersion(next.status);
  const { pauseSeconds, ...state } = next.status === 'ready' ? { ...next, failure: null, pauseSeconds: 0 } : stateAfter(next);
  const [moved] = await tx
    .update(datasetVersion)
    .set({
      ...state,
      availableAt: secondsFromNow(pauseSeconds),
      leaseExpiresAt: null,
      launchedAt: null,
      finishedAt: terminal ? sql`now()` : null,
      ...(!terminal && { progress: null }),
    })
    .where(isVersion(datasetId, version))
    .returning(withoutSource);
  if (moved !== undefined) await announceVersion(tx, moved);
  await notify(tx, 'version', `${datasetId}/${version}`);
  if (!terminal) await notify(tx, 'queue', datasetId);
}

const stateAfter = ({ inVain: attemptsInVain, ...state }: NextState<IngestFailureCode>) => ({ ...state, attemptsInVain });
