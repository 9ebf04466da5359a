import { randomBytes } from 'node:crypto';
import { mkdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { readModel, type SavedModel } from '../checkpoint/readModel.ts';
import { TrainingError } from '../trainingError.ts';
import { checkImages } from './checkImages.ts';
import { exportFormats, type ExportFormat } from './exportFormats.ts';
import { ExportRefused } from './exportRefused.ts';
import type { FormatName } from './formatNames.ts';
import { referenceNetwork, type ReferenceNetwork } from './referenceNetwork.ts';

export interface ExportOrder {
  /** A checkpoint's model.safetensors. */
  checkpoint: string;
  format: FormatName;
  /** The file to write. One that is there is replaced. */
  out: string;
}

export interface ExportedFile {
  file: string;
  bytes: number;
  /** Hex. */
  sha256: string;
  /** Between a logit of the exported file and the checkpoint's, over the images that were compared. */
  largestDifference: number;
}

const imagesCompared = 5;
/** Largest difference of two logits that rounding explains; of logits above 100, whose last digits are coarser, this part of 100. */
const tolerance = 1e-4;

/**
 * Writes a model in a format for others. The file is first written under a temporary name, loaded again from there, and its
 * logits compared with the checkpoint's: what has the final name is whole and has been tried.
 *
 * @param formats other writers, for tests
 * @throws TrainingError `invalid_weights` where the checkpoint or the place to write to is wrong
 * @throws ExportRefused where what was written does not give the checkpoint's logits; then nothing is left of it
 */
export async function exportModel(order: ExportOrder, formats: Readonly<Record<FormatName, ExportFormat>> = exportFormats): Promise<ExportedFile> {
  const saved = readModel(order.checkpoint);
  preparePlace(order);
  const temporary = `${order.out}.${randomBytes(6).toString('hex')}.tmp`;
  const network = referenceNetwork(saved, imagesCompared);
  try {
    formats[order.format].write(temporary, saved);
    const largestDifference = await compare(temporary, saved, order.format, formats[order.format], network);
    const { size } = statSync(temporary);
    const sha256 = await sha256OfFile(temporary);
    renameSync(temporary, order.out);
    return { file: order.out, bytes: size, sha256, largestDifference };
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
