import type { RunSpec } from '@thaw/contract/runSpec';
import type { ImageSource } from '@thaw/formats/imageSource';
import { TrainingError } from '../trainingError.ts';
import type { DataFolder } from './openData.ts';
import { purposes, Rng } from './random.ts';

/** Some images of a source, by index. */
export interface Part {
  source: ImageSource;
  /** In the order in which they are taken when nothing is shuffled. */
  indices: Int32Array;
}

export interface Parts {
  train: Part;
  /** Null where the run is monitored on its test part. */
  val: Part | null;
  test: Part;
}

/**
 * Chooses what a run trains on, is monitored on and is tested on.
 *
 * @throws TrainingError `invalid_data` where a part would be empty or train is smaller than a batch
 */
export function chooseParts({ train, val, test, classes }: DataFolder, spec: RunSpec): Parts {
  const { trainLimit, testLimit, monitor, valFraction, batchSize } = spec.data;
  const parts: Parts = {
    train: { source: train, indices: firstOfEachClass(train.labels, trainLimit, classes.length) },
    val: null,
    test: { source: test, indices: firstOfEachClass(test.labels, testLimit, classes.length) },
  };
  if (monitor === 'val') {
    if (val !== null) parts.val = { source: val, indices: firstOfEachClass(val.labels, null, classes.length) };
    else {
      const { kept, held } = holdOut(train.labels, parts.train.indices, valFraction, spec.seed, classes.length);
      parts.train.indices = kept;
      parts.val = { source: train, indices: held };
    }
  }
  for (const [name, part] of Object.entries<Part | null>({ ...parts }))
    if (part !== null && part.indices.length === 0)
      throw new TrainingError('invalid_data', `the ${name} part of the data has no image; raise its limit or valFraction, or add images`);
  if (parts.train.indices.length < batchSize)
    throw new TrainingError('invalid_data', `a batch of ${batchSize} is larger than the ${parts.train.indices.length} training images; choose a smaller data.batchSize`);
  return parts;
}

/** Indices of the first limit/classes images of each class, in file order; all where there is no limit. */
export function firstOfEachClass(labels: Int32Array, limit: number | null, classes: number): Int32Array {
  const most = limit === null ? Infinity : Math.floor(limit / classes);
  const taken = new Int32Array(classes);
  const indices: number[] = [];
  labels.forEach((label, index) => {
    if ((taken[label] as number) >= most) return;
    taken[label] = (taken[label] as number) + 1;
    indices.push(index);
  });
  return Int32Array.from(indices);
}

/** Holds out a part of each class, chosen by the seed; both results in file order. */
function holdOut(labels: Int32Array, indices: Int32Array, fraction: number, seed: number, classes: number): { kept: Int32Array; held: Int32Array } {
  const byClass = Array.from({ length: classes }, (): number[] => []);
  for (const index of indices) byClass[labels[index] as number]?.push(index);
  const held = new Set<number>();
  byClass.forEach((members, label) => {
    const chosen = new Rng(seed, purposes.split, label).shuffle([...members]).slice(0, Math.round(members.length * fraction));
    for (const index of chosen) held.add(index);
  });
  return { kept: indices.filter((index) => !held.has(index)), held: indices.filter((index) => held.has(index)) };
}

/** The first test image of each class, of twelve classes at most: the same for every run on a data set. */
export function choosePanel({ source, indices }: Part): Int32Array {
  const seen = new Map<number, number>();
  for (const index of indices) {
    const label = source.labels[index] as number;
    if (!seen.has(label)) seen.set(label, index);
  }
  return Int32Array.from([...seen].sort(([a], [b]) => a - b).slice(0, 12).map(([, index]) => index));
}
