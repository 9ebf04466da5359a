import { dataset } from '@thaw/db/schema/dataset';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { ingestAttempt } from '@thaw/db/schema/ingestAttempt';
import { sql } from 'drizzle-orm';
import { withoutSource, type VersionFacts } from '../datasets/versionFacts.ts';
import { endIngest } from '../ingests/endIngest.ts';
import { ingestPolicy } from '../ingests/ingestPolicy.ts';
import { moveVersion } from '../ingests/moveVersion.ts';
import { notify } from '../notify.ts';
import { afterAttempt } from '../work/afterAttempt.ts';
import type { DispatchContext } from './dispatchContext.ts';
import { queueOf } from './queueOf.ts';
import type { WorkQueue } from './workQueue.ts';

/** Imports of data sets, for ingest workers: each owner's oldest first. An id is `dataset/version`. */
export const ingestQueue = (ctx: Pick<DispatchContext, 'db' | 'log'>): WorkQueue =>
  queueOf<VersionFacts>(ctx, {
    name: 'import',
    table: datasetVersion,
    id: sql`${datasetVersion.datasetId} || '/' || ${datasetVersion.version}`,
    owner: sql`(select ${dataset.ownerId} from ${dataset} where ${dataset.id} = ${datasetVersion.datasetId})`,
    working: 'importing',
    order: sql`${datasetVersion.createdAt}, ${datasetVersion.datasetId}, ${datasetVersion.version}`,
    attempts: {
      table: ingestAttempt,
      isCurrent: sql`${ingestAttempt.datasetId} = ${datasetVersion.datasetId} and ${ingestAttempt.version} = ${datasetVersion.version} and ${ingestAttempt.number} = ${datasetVersion.attempt}`,
      workerId: ingestAttempt.workerId,
    },
    lock: (tx, condition, limit) => tx.select(withoutSource).from(datasetVersion).where(condition).limit(limit).for('update', { skipLocked: true }),
    describe: ({ datasetId, version, attempt }) => ({ dataset: datasetId, version, attempt }),
    endLost: (tx, row, message) => endIngest(tx, row, { outcome: 'lost', failure: { code: 'worker_lost', message } }),
    endLaunch: async (tx, row, message) => {
      const failure = { code: 'launch_failed', message } as const;
      const next = afterAttempt(ingestPolicy, { outcome: 'failed', failure, stopRequested: row.stopRequestedAt !== null, progressed: false, inVain: row.attemptsInVain });
      await moveVersion(tx, row, next);
      return next.status;
    },
    announce: (tx, id) => notify(tx, 'version', id),
  });
