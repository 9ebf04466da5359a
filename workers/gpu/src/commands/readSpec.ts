import * as fs from 'node:fs';
import { describeFaults, resolveSpec } from '@thaw/contract/resolveSpec';
import type { RunSpec } from '@thaw/contract/runSpec';
import { TrainingError } from '../trainingError.ts';

/** The spec in a JSON file, completed from its preset. @throws TrainingError `invalid_spec` */
export function readSpec(file: string): RunSpec {
  let request: unknown;
  try {
    request = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TrainingError('invalid_spec', `the spec ${file} cannot be read: ${(error as Error).message}`);
  }
  const resolved = resolveSpec(request);
  if (!resolved.ok) throw new TrainingError('invalid_spec', `the spec ${file} is not valid:\n${describeFaults(resolved.faults)}`);
  return resolved.spec;
}
