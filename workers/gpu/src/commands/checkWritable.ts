import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { TrainingError } from '../trainingError.ts';

/** Whether a file can be written, before the work and not after it. @throws TrainingError `invalid_spec` */
export function checkWritable(file: string): void {
  const folder = path.dirname(file);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new TrainingError('invalid_spec', `nothing can be written to ${folder}: ${(error as Error).message}`, { cause: error });
  }
}
