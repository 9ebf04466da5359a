import * as fs from 'node:fs';
import type { Evaluation } from '@thaw/contract/evaluation';

/** Writes an evaluation as JSON, whole or not at all. */
export function writeEvaluation(file: string, evaluation: Evaluation): void {
  fs.writeFileSync(`${file}.tmp`, `${JSON.stringify(evaluation)}\n`);
  fs.renameSync(`${file}.tmp`, file);
}
