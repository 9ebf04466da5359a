import { randomBytes } from 'node:crypto';
import { mkdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { readModel, type SavedModel } from '../checkpoint/readModel.ts';
import { TrainingError } from '../trainingError.ts';
import { checkImages } from './checkImages.ts';
import { companionFile, findEpochs, findEvaluation, predictScript, writeWhole } from './companions.ts';
import { exportFormats, type ExportFormat } from './exportFormats.ts';
import { ExportRefused } from './exportRefused.ts';
import type { CompanionName, FormatName } from './exportNames.ts';
import { modelCard } from './modelCard.ts';
import { referenceNetwork, type ReferenceNetwork } from './referenceNetwork.ts';

export interface ExportOrder {
  /** A checkpoint's model.safetensors. */
  checkpoint: string;
  format: FormatName;
  /** The file to write. One that is there is replaced. */
  out: string;
  /** What to write beside it. */
  companions?: readonly CompanionName[];
  /** An evaluation of the checkpoint, for the card; if none is named, the one that the run left is looked for. */
  evaluation?: string | undefined;
}

export interface ExportedFile {
  file: string;
  bytes: number;
  /** Hex. */
  sha256: string;
  /** Between a logit of the exported file and the checkpoint's, over the images that were compared. */
  largestDifference: number;
  /** Paths of the companions. */
  companions: string[];
}

const imagesCompared = 5;
/** Largest difference of two logits that rounding explains; of logits above 100, whose last digits are coarser, this part of 100. */
const tolerance = 1e-4;

/**
 * Writes a model in a format for others. The file is first written under a temporary name, loaded again from there, and its
 * logits compared with the checkpoint's: what has the final name is whole and has been tried.
 *
 * @param formats other writers, for tests
 * @throws TrainingError where the checkpoint, the place to write to or the evaluation is wrong
 * @throws ExportRefused where what was written does not give the checkpoint's logits; then nothing is left of it
 */
export async function exportModel(order: ExportOrder, formats: Readonly<Record<FormatName, ExportFormat>> = exportFormats): Promise<ExportedFile> {
  const { checkpoint, format, out, companions = [] } = order;
  const saved = readModel(checkpoint);
  preparePlace(order);
  const evaluation = companions.includes('card') ? await findEvaluation(checkpoint, order.evaluation) : null;
  const temporary = `${out}.${randomBytes(6).toString('hex')}.tmp`;
  const network = referenceNetwork(saved, imagesCompared);
  try {
    formats[format].write(temporary, saved);
    const largestDifference = await compare(temporary, saved, format, formats[format], network);
    const file = { name: path.basename(out), bytes: statSync(temporary).size, sha256: await sha256OfFile(temporary) };
    const text: Record<CompanionName, () => string> = {
      card: () => modelCard({ saved, format, file, evaluation, epochs: findEpochs(checkpoint, saved) }),
      predict: predictScript,
    };
    const beside = companions.map((name) => ({ file: companionFile(name, out), text: text[name]() }));
    renameSync(temporary, out);
    for (const { file: companion, text: content } of beside) writeWhole(companion, content);
    return { file: out, bytes: file.bytes, sha256: file.sha256, largestDifference, companions: beside.map(({ file: companion }) => companion) };
  } finally {
    network.close();
    rmSync(temporary, { force: true });
  }
}

function preparePlace({ checkpoint, out }: ExportOrder): void {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new TrainingError('invalid_weights', `${out} ${reason}`, { cause });
  };
  try {
    mkdirSync(path.dirname(out), { recursive: true });
  } catch (error) {
    refuse(`cannot be written: ${(error as Error).message}`, error);
  }
  const there = statSync(out, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isFile()) refuse('is no file that could be replaced; name a file with --out');
  if (realpathSync(out) === realpathSync(checkpoint)) refuse('is the checkpoint itself, which is not to be replaced; name another file with --out');
}

async function compare(file: string, saved: SavedModel, name: FormatName, format: ExportFormat, network: ReferenceNetwork): Promise<number> {
  const images = checkImages(imagesCompared, saved.transform.imageSize);
  const expected = network.logits(saved.state, images);
  if (!expected.every(Number.isFinite)) throw new ExportRefused('The checkpoint gives logits that are not finite numbers, so no file made of it could be used: choose an earlier checkpoint.');
  let actual;
  try {
    actual = await format.logits(file, saved, images, network);
  } catch (error) {
    throw new ExportRefused(`The ${name} file could not be loaded again (${(error as Error).message}), so it was not kept.`, { cause: error });
  }
  const difference = largestDifference(actual, expected);
  const allowed = tolerance * Math.max(1, Math.max(...expected.map(Math.abs)) / 100);
  if (!(difference <= allowed))
    throw new ExportRefused(`The logits of the ${name} file differ from the checkpoint's by ${difference}, where rounding explains ${allowed}; the file was not kept.`);
  return difference;
}

/** NaN where a value is none, infinite where the lengths differ. */
function largestDifference(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Infinity;
  return expected.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (actual[index] as number))), 0);
}
