import { predictionsFormat } from '@thaw/contract/evaluationPictures';
import { FormatError } from './formatError.ts';
import { parseSafetensorsHeader } from './safetensorsHeader.ts';
import { writeSafetensors } from './writeSafetensors.ts';

/** What a network says of one image: `probability` of the class `predicted`, `labelProbability` of its own. */
export interface Prediction {
  index: number;
  label: number;
  predicted: number;
  probability: number;
  labelProbability: number;
}
type OfCell = Pick<Prediction, 'index' | 'probability' | 'labelProbability'>;

/** `length` bytes from `start`. */
export type ReadBytes = (start: number, length: number) => Promise<Uint8Array>;

const name = 'predictions.safetensors';
/** More than its header has. */
const headBytes = 4096;
const dtypes = { offsets: 'I32', indices: 'I32', probabilities: 'F32', label_probabilities: 'F32' } as const;
type Column = keyof typeof dtypes;

/** Writes predictions.safetensors (see the contract's evaluationPictures), whole or not at all. @param predictions in any order */
export function writePredictions(path: string, classes: number, predictions: readonly Prediction[]): void {
  const cell = ({ label, predicted }: Prediction): number => label * classes + predicted;
  const sorted = [...predictions].sort((a, b) => cell(a) - cell(b) || sureness(b.probability) - sureness(a.probability) || a.index - b.index);
  const offsets = new Int32Array(classes * classes + 1);
  for (const one of sorted) offsets[cell(one) + 1] = (offsets[cell(one) + 1] as number) + 1;
  for (let place = 1; place < offsets.length; place++) offsets[place] = (offsets[place] as number) + (offsets[place - 1] as number);
  const shape = [sorted.length];
  writeSafetensors(
    path,
    [
      { name: 'offsets', dtype: dtypes.offsets, shape: [offsets.length], data: offsets },
      { name: 'indices', dtype: dtypes.indices, shape, data: Int32Array.from(sorted, ({ index }) => index) },
      { name: 'probabilities', dtype: dtypes.probabilities, shape, data: Float32Array.from(sorted, ({ probability }) => probability) },
      { name: 'label_probabilities', dtype: dtypes.label_probabilities, shape, data: Float32Array.from(sorted, ({ labelProbability }) => labelProbability) },
    ],
    { format: predictionsFormat },
  );
}

export interface PredictionsFile {
  classes: number;
  images: number;
  /** From the surest on: `limit` of the images of class `actual` that were taken for `predicted`, without the first `skip`. */
  ofCell(actual: number, predicted: number, skip: number, limit: number): Promise<OfCell[]>;
}

/**
 * Opens a predictions.safetensors of `bytes` bytes. Whatever its size, no more is read of it than is asked for.
 * @throws FormatError where it is none
 */
export async function openPredictions(read: ReadBytes, bytes: number): Promise<PredictionsFile> {
  const { classes, images, at } = findColumns(await read(0, Math.min(bytes, headBytes)), bytes);
  const readColumn = async (column: Column, start: number, count: number) => view(await read(at[column] + 4 * start, 4 * count));
  return {
    classes,
    images,
    async ofCell(actual, predicted, skip, limit) {
      const bounds = await readColumn('offsets', actual * classes + predicted, 2);
      const start = bounds.getInt32(0, true) + skip;
      const count = Math.min(limit, bounds.getInt32(4, true) - start);
      if (count <= 0) return [];
      const [index, probability, labelProbability] = await Promise.all([
        readColumn('indices', start, count),
        readColumn('probabilities', start, count),
        readColumn('label_probabilities', start, count),
      ]);
      return Array.from({ length: count }, (_, place) => ({
        index: index.getInt32(4 * place, true),
        probability: probability.getFloat32(4 * place, true),
        labelProbability: labelProbability.getFloat32(4 * place, true),
      }));
    },
  };
}

/**
 * Checks a whole file against the confusion matrix that it is to explain: each cell with as many images, each image once, the surest first.
 * @throws FormatError
 */
export function checkPredictions(content: Uint8Array, confusion: readonly (readonly number[])[]): void {
  const { classes, images, at } = findColumns(content.subarray(0, headBytes), content.length);
  const refuse = (reason: string): never => {
    throw new FormatError(`${name} ${reason}.`);
  };
  if (classes !== confusion.length) refuse(`is of ${classes} classes, not of ${confusion.length}`);
  const bytes = view(content);
  const seen = new Set<number>();
  let place = 0;
  for (const [cell, counted] of confusion.flat().entries()) {
    const end = place + counted;
    if (bytes.getInt32(at.offsets + 4 * cell, true) !== place || bytes.getInt32(at.offsets + 4 * (cell + 1), true) !== end || end > images) refuse('does not divide its images as the confusion matrix does');
    for (let before = Infinity; place < end; place++) {
      const index = bytes.getInt32(at.indices + 4 * place, true);
      const probability = bytes.getFloat32(at.probabilities + 4 * place, true);
      const labelProbability = bytes.getFloat32(at.label_probabilities + 4 * place, true);
      if (index < 0 || seen.has(index)) refuse(`has image ${index}, or has it twice`);
      if (!isFraction(probability) || !isFraction(labelProbability)) refuse(`has something that is no probability for image ${index}`);
      if (sureness(probability) > before) refuse(`has image ${index} after less sure ones`);
      before = sureness(probability);
      seen.add(index);
    }
  }
  if (place !== images) refuse('has images that the confusion matrix does not count');
}

/** Where the columns begin, in bytes from the beginning of the file. */
function findColumns(head: Uint8Array, bytes: number): { classes: number; images: number; at: Record<Column, number> } {
  const length = head.length < 8 ? Infinity : Number(view(head).getBigUint64(0, true));
  if (length > head.length - 8) throw new FormatError(`${name} has a header of more than ${headBytes} bytes, or is cut short.`);
  const { entries, metadata } = parseSafetensorsHeader(head.subarray(8, 8 + length), bytes, name);
  if (metadata['format'] !== predictionsFormat) throw new FormatError(`${name} is not of the format ${predictionsFormat}.`);
  const find = (column: Column): { count: number; byteOffset: number } => {
    const entry = entries.get(column);
    if (entry?.dtype !== dtypes[column] || entry.shape.length !== 1) throw new FormatError(`${name} has no column ${column} of ${dtypes[column]}.`);
    return { count: entry.shape[0] as number, byteOffset: entry.byteOffset };
  };
  const found = { offsets: find('offsets'), indices: find('indices'), probabilities: find('probabilities'), label_probabilities: find('label_probabilities') };
  const images = found.indices.count;
  const classes = Math.round(Math.sqrt(found.offsets.count - 1));
  if (found.offsets.count !== classes ** 2 + 1 || found.probabilities.count !== images || found.label_probabilities.count !== images)
    throw new FormatError(`The columns of ${name} do not fit together.`);
  const { offsets, indices, probabilities, label_probabilities } = found;
  const at = { offsets: offsets.byteOffset, indices: indices.byteOffset, probabilities: probabilities.byteOffset, label_probabilities: label_probabilities.byteOffset };
  return { classes, images, at };
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
/** Of a logit that is not a number nobody is sure. */
const sureness = (probability: number): number => (Number.isNaN(probability) ? -1 : probability);
/** Or not a number. The exponential may be a rounding above 1. */
const isFraction = (value: number): boolean => Number.isNaN(value) || (value >= 0 && value <= 1.000001);
