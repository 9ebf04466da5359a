import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { evaluation as evaluationSchema, type Evaluation } from '@thaw/contract/evaluation';
import type { EpochRecord } from '@thaw/contract/events';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { readRecord } from '../checkpoint/readCheckpoint.ts';
import type { SavedModel } from '../checkpoint/readModel.ts';
import { TrainingError } from '../trainingError.ts';
import type { CompanionName } from './exportNames.ts';

/** Where they lie: `model.onnx` has `model.onnx.card.md` and `predict.py` beside it. The script is the same for all models and formats. */
export const companionFile = (name: CompanionName, exported: string): string => (name === 'card' ? `${exported}.card.md` : path.join(path.dirname(exported), 'predict.py'));

export const predictScript = (): string => readFileSync(new URL('predict.py', import.meta.url), 'utf8');

/** The epochs of the run that a model is of, where its state lies beside the model's file; else null. */
export function findEpochs(checkpoint: string, { step }: SavedModel): EpochRecord[] | null {
  try {
    const { progress, history } = readRecord(path.dirname(checkpoint));
    return progress.step === step ? history.filter((event) => event.type === 'epoch') : null;
  } catch {
    // The model was taken away from its run, or is exported from a copy of it alone.
    return null;
  }
}

/**
 * The evaluation of exactly this checkpoint: from the file that is named, or the one that the run left beside the model or in its
 * own folder, if any.
 * @throws TrainingError where the named one is none, or of another checkpoint
 */
export async function findEvaluation(checkpoint: string, named: string | undefined): Promise<Evaluation | null> {
  const sha256 = await sha256OfFile(checkpoint);
  if (named !== undefined) {
    const evaluation = readEvaluation(named);
    if (evaluation === null) throw new TrainingError('invalid_data', `${named} is no evaluation; name the JSON file that the command evaluate has written`);
    if (evaluation.evaluated.checkpoint !== sha256) throw new TrainingError('invalid_data', `${named} is the evaluation of another checkpoint than ${checkpoint}; evaluate this one`);
    return evaluation;
  }
  const folder = path.dirname(checkpoint);
  const found = [folder, path.join(folder, '../..')].map((one) => readEvaluation(path.join(one, 'evaluation.json')));
  return found.find((one) => one?.evaluated.checkpoint === sha256) ?? null;
}

function readEvaluation(file: string): Evaluation | null {
  try {
    return evaluationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Writes text whole or not at all. */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}
