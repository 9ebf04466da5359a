import { companionSpecs, type TrainedCompanion } from '@thaw/contract/companions';
import type { Executor } from '@thaw/db/client';
import { run, type RunRow } from '@thaw/db/schema/run';
import { newId } from '../ids.ts';
import { notify } from '../notify.ts';

const titles: Record<TrainedCompanion, string> = { linear_probe: 'linear probe', scratch: 'from scratch' };
/** Room for a title in a name of 200 characters. */
const longestName = 180;

/** Queues the companions of a run that has just been inserted: on the same version of its data, and after it. */
export async function insertCompanions(tx: Executor, { id, ownerId, name, priority, spec, datasetId, datasetVersion, weightsId, createdAt }: RunRow): Promise<void> {
  const rows = companionSpecs(spec).map((companion, index) => ({
    id: newId('run'),
    ownerId,
    name: `${name.slice(0, longestName)} (${titles[companion.kind]})`,
    spec: companion.spec,
    priority,
    datasetId,
    datasetVersion,
    weightsId: companion.spec.model.weights === 'none' ? null : weightsId,
    companionOf: id,
    companionKind: companion.kind,
    // The queue goes by age: what is to be compared with comes after the run itself.
    createdAt: new Date(createdAt.getTime() + index + 1),
  }));
  if (rows.length > 0) await tx.insert(run).values(rows);
  for (const row of rows) await notify(tx, 'queue', row.id);
}
