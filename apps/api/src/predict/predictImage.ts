import type { ExportEpoch } from '@thaw/contract/exports';
import type { Prediction } from '@thaw/contract/predict';
import type { Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { exportFor, type ExportState } from '../exports/exportFor.ts';
import { waitForTask, type Patience } from '../tasks/waitForTask.ts';
import type { ModelFiles } from './modelFiles.ts';
import type { Predictors } from './predictors.ts';

export interface PredictService {
  predictors: Predictors;
  models: ModelFiles;
}

export interface PredictInput {
  id: string;
  epoch: ExportEpoch;
  /** Reads the picture: not before there is a place for it. */
  read: () => Promise<Uint8Array>;
  patience: Patience;
}

/** For which the comparison is waited for once all else is there. */
const comparisonSeconds = 5;

/**
 * What the network of a run says about a picture, and what it said before any training. The models are exported the first time, which
 * is waited for.
 * @throws not-found where the run is not the caller's or has no such checkpoint; not-ready while the export is being made;
 * too-many-requests; validation-failed where it is no picture
 */
export async function predictImage(ctx: Context, { predictors, models }: PredictService, { id, epoch, read, patience }: PredictInput): Promise<Prediction> {
  const end = performance.now() + patience.seconds * 1000;
  const asked = await exportFor(ctx, { runId: id, epoch, format: 'onnx' });
  // Both are begun before either is waited for.
  const before = asked.epoch === 0 ? asked : await orNull(exportFor(ctx, { runId: id, epoch: 0, format: 'onnx' }));
  const file = await fileOf(ctx, asked, patience);
  const rest = { ...patience, seconds: Math.min(comparisonSeconds, Math.max(0, (end - performance.now()) / 1000)) };
  const untunedFile = asked.epoch === 0 || before === null ? null : await orNull(fileOf(ctx, before, rest));

  const giveBack = predictors.take(ctx.caller.userId);
  try {
    const bytes = await read();
    const paths = await Promise.all([file, ...(untunedFile === null ? [] : [untunedFile])].map((one) => models.get(one)));
    const { likeliest, width, height, milliseconds } = await predictors.predict(bytes, paths);
    const [predictions = [], other] = likeliest;
    const untuned = asked.epoch === 0 ? predictions : other;
    return { run: id, epoch: asked.epoch, predictions, untuned: untuned === undefined ? null : { epoch: 0, predictions: untuned }, width, height, milliseconds };
  } finally {
    giveBack();
  }
}

type File = Extract<ExportState, { status: 'ready' }>['file'];

async function fileOf(ctx: Context, state: ExportState, patience: Patience): Promise<File> {
  if (state.status === 'ready') return state.file;
  const { result } = await waitForTask(ctx.db, state.row, patience);
  const file = result.files.find(({ name }) => name === 'model.onnx');
  if (file === undefined) throw new Error(`The export ${state.row.id} has no model.`);
  return file;
}

/** The comparison is an extra: what keeps it away keeps nothing else away. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}
