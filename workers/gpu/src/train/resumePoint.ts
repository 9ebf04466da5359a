import * as fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { RunSpec } from '@thaw/contract/runSpec';
import { modelFile, type Checkpoint } from '../checkpoint/checkpoint.ts';
import { checkpointSteps, readCheckpoint } from '../checkpoint/readCheckpoint.ts';
import { readDescription } from '../checkpoint/readModel.ts';
import { TrainingError } from '../trainingError.ts';

/**
 * The newest checkpoint of a folder that can be read; a damaged one is named to `warn` and the one before taken.
 *
 * @throws TrainingError `invalid_spec` where it is of a run with other settings or classes: what would come out is neither run
 */
export function findResumePoint(folder: string, spec: RunSpec, classes: readonly string[], warn: (step: number, message: string) => void): Checkpoint | undefined {
  if (!fs.existsSync(folder)) return undefined;
  for (const step of checkpointSteps(folder)) {
    const directory = path.join(folder, String(step));
    let found;
    try {
      found = { checkpoint: readCheckpoint(directory), made: readDescription(path.join(directory, modelFile)) };
    } catch (error) {
      warn(step, `The checkpoint of step ${step} cannot be read (${(error as Error).message}); trying the one before.`);
      continue;
    }
    // What a run is compared with changes nothing in it.
    const other = differences('', found.made.spec, { ...spec, companions: found.made.spec.companions });
    if (other.length > 0) throw new TrainingError('invalid_spec', `the checkpoints in ${folder} are of a run with other settings (${other.join(', ')}): resume with the same spec, or choose another --out`);
    if (!isDeepStrictEqual(found.made.classes, classes)) throw new TrainingError('invalid_spec', `the checkpoints in ${folder} are of a run on other classes: resume on the same data, or choose another --out`);
    return found.checkpoint;
  }
  return undefined;
}

/** Paths of the fields in which two specs differ. */
function differences(prefix: string, a: unknown, b: unknown): string[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a)) return [prefix];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differences(prefix === '' ? key : `${prefix}.${key}`, (a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}
