import * as fs from 'node:fs';
import path from 'node:path';
import { companionSpecs, type TrainedCompanion } from '@thaw/contract/companions';
import { compareRuns, type ComparedRun, type Comparison } from '@thaw/contract/comparison';
import { epochRecord, type EpochRecord, type EventOf, type TrainerEvent } from '@thaw/contract/events';
import type { RunSpec } from '@thaw/contract/runSpec';
import { checkpointSteps } from '../checkpoint/readCheckpoint.ts';
import { parseHistory } from '../checkpoint/progress.ts';
import { TrainingError } from '../trainingError.ts';
import { explainFailure } from './explainFailure.ts';
import { trainFolder, type TrainingOrder } from './trainFolder.ts';

type Finished = EventOf<'finished'>;
export interface ComparedFolders {
  comparison: Comparison;
  /** How the companions ended; the first that did not succeed has the word. */
  status: Finished['status'];
}

const folderOf = (out: string, kind: TrainedCompanion): string => path.join(out, 'companions', kind);

/** Before the run itself trains: where its companions would go must be free, or theirs. @throws TrainingError `invalid_spec` */
export function checkCompanionFolders({ spec, out, resume }: TrainingOrder): void {
  for (const { kind } of resume ? [] : companionSpecs(spec)) {
    const folder = folderOf(out, kind);
    if (checkpointSteps(path.join(folder, 'checkpoints')).length > 0)
      throw new TrainingError('invalid_spec', `${folder} holds checkpoints of an earlier run: go on from them with --resume, or choose another --out`);
  }
}

/**
 * Trains the companions that a spec asks for, one after the other, each into a folder of its own under `out/companions`, and writes
 * `out/comparison.json`. A companion that fails does not keep the next one from its turn; a stop does.
 *
 * @param main how the run itself has ended
 * @param say what a companion says; its events are no part of the run's own
 */
export async function trainCompanions(order: TrainingOrder, main: Finished, say: (kind: TrainedCompanion, event: TrainerEvent) => void, stop: AbortSignal): Promise<ComparedFolders> {
  const { spec, out, weights } = order;
  const compared = new Map<TrainedCompanion, ComparedRun>();
  let status: Finished['status'] = 'succeeded';
  for (const companion of companionSpecs(spec)) {
    if (stop.aborted) {
      status = 'stopped';
      break;
    }
    const folder = folderOf(out, companion.kind);
    const told = (event: TrainerEvent): void => say(companion.kind, event);
    const own = { ...order, spec: companion.spec, out: folder, weights: companion.spec.model.weights === 'none' ? undefined : weights };
    const finished = await trainFolder(own, told, stop).catch((error: unknown) => failedToStart(error, companion.spec));
    told(finished);
    compared.set(companion.kind, comparedRun(folder, companion.spec, finished));
    if (status === 'succeeded') status = finished.status;
  }
  const [untuned] = epochsOf(out);
  const comparison = compareRuns({
    run: comparedRun(out, spec, main),
    untuned: untuned?.epoch === 0 ? untuned : null,
    linearProbe: compared.get('linear_probe') ?? null,
    scratch: compared.get('scratch') ?? null,
  });
  const file = path.join(out, 'comparison.json');
  fs.writeFileSync(`${file}.tmp`, `${JSON.stringify(comparison)}\n`);
  fs.renameSync(`${file}.tmp`, file);
  return { comparison, status };
}

function failedToStart(error: unknown, spec: RunSpec): Finished {
  const { code, message } = explainFailure(error, spec, null);
  return { type: 'finished', step: 0, status: 'failed', epochs: 0, seconds: 0, best: null, bestTest: null, failure: { code, message } };
}

/** Statuses are the service's: one that was stopped there is `cancelled`, until it is resumed. */
const statuses = { succeeded: 'succeeded', stopped: 'cancelled', failed: 'failed' } as const;

function comparedRun(folder: string, { data }: RunSpec, { status, best, bestTest, seconds, cpuSeconds }: Finished): ComparedRun {
  const result = { best, bestTest, seconds, ...(cpuSeconds !== undefined && { cpuSeconds }) };
  return { run: null, status: statuses[status], monitor: data.monitor, lastEpoch: epochsOf(folder).at(-1) ?? null, result };
}

/** The epochs of the curves that a run has left, of all its attempts. */
function epochsOf(folder: string): EpochRecord[] {
  const file = path.join(folder, 'curves', 'events.ndjson');
  if (!fs.existsSync(file)) return [];
  return parseHistory(fs.readFileSync(file, 'utf8')).flatMap((event) => (event.type === 'epoch' ? [epochRecord.parse(event)] : []));
}
