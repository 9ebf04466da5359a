/** Every key in the object storage is made here, recorded in a row, and never rebuilt elsewhere. */

export type Split = 'train' | 'val' | 'test';

export const datasetManifestKey = (dataset: string, version: number): string => `datasets/${dataset}/v${version}/manifest.json`;
export const datasetPackKey = (dataset: string, version: number, split: Split): string => `datasets/${dataset}/v${version}/${split}.safetensors`;
/** Files that an import made, under a place of each attempt's own: one that lost its version cannot touch what the next one wrote. */
export const ingestFileKey = (dataset: string, version: number, attempt: number, file: string): string =>
  `datasets/${dataset}/v${version}/attempt-${attempt}/${file}`;
/** An archive as it was uploaded. */
export const uploadKey = (dataset: string, upload: string): string => `datasets/${dataset}/uploads/${upload}`;
/** Everything that belongs to a version, or to a data set with its versions and uploads. */
export const versionPrefix = (dataset: string, version: number): string => `datasets/${dataset}/v${version}/`;
export const datasetPrefix = (dataset: string): string => `datasets/${dataset}/`;
/** Weights are stored under their hash: the same file is stored once. */
export const weightsKey = (sha256: string, extension: string): string => `weights/${sha256}.${extension}`;
export const checkpointKey = (run: string, attempt: number, step: number, file: string): string => `runs/${run}/checkpoints/${attempt}-${step}/${file}`;
export const curveKey = (run: string, file: string): string => `runs/${run}/curves/${file}`;
/** Where a worker puts a curve file. A file of its own for each attempt: one that lost its run cannot touch what the next one wrote. */
export const curveUploadKey = (run: string, attempt: number, file: string): string => `runs/${run}/curves/attempt-${attempt}/${file}`;
export const evaluationKey = (run: string): string => `runs/${run}/evaluation.json`;
/** Where a worker puts it, likewise. */
export const evaluationUploadKey = (run: string, attempt: number): string => `runs/${run}/evaluation/attempt-${attempt}/evaluation.json`;
/** What each image was taken for, and where a worker puts it. */
export const predictionsKey = (run: string): string => `runs/${run}/predictions.safetensors`;
export const predictionsUploadKey = (run: string, attempt: number): string => `runs/${run}/evaluation/attempt-${attempt}/predictions.safetensors`;
/** Files that a task made, under a place of each attempt's own. They go with the run, or with the version of the data set, that they are of. */
export const exportPrefix = (run: string, task: string): string => `runs/${run}/exports/${task}/`;
export const previewPrefix = (dataset: string, version: number, task: string): string => `datasets/${dataset}/v${version}/previews/${task}/`;
export const taskFileKey = (prefix: string, attempt: number, file: string): string => `${prefix}attempt-${attempt}/${file}`;
/** Everything that belongs to a run and goes with it. */
export const runPrefix = (run: string): string => `runs/${run}/`;

/** Below these are the things of people, each in a folder of its id. */
export const sweptPrefixes = ['datasets/', 'runs/'] as const;

/** The run or data set that a key belongs to; null for any other key. */
export function ownerOfKey(key: string): { kind: 'run' | 'dataset'; id: string } | null {
  const [, folder, id] = /^(runs|datasets)\/([A-Za-z0-9_-]{1,64})\/./.exec(key) ?? [];
  return id === undefined ? null : { kind: folder === 'runs' ? 'run' : 'dataset', id };
}
