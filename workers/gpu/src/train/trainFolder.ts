import * as fs from 'node:fs';
import path from 'node:path';
import type { EventOf, TrainerEvent } from '@thaw/contract/events';
import type { RunSpec } from '@thaw/contract/runSpec';
import { writePredictions } from '@thaw/formats/predictions';
import type { Checkpoint, ModelDescription } from '../checkpoint/checkpoint.ts';
import { epochOf } from '../checkpoint/progress.ts';
import { checkpointSteps } from '../checkpoint/readCheckpoint.ts';
import { keepCheckpoints, writeCheckpoint } from '../checkpoint/writeCheckpoint.ts';
import { batchLengths } from '../data/batches.ts';
import { resolveNormalization } from '../data/normalization.ts';
import { openData, type DataFolder } from '../data/openData.ts';
import { chooseParts } from '../data/parts.ts';
import { checkDevice, type DeviceWish } from '../engine/device.ts';
import { engineName } from '../engine/tensorflow.ts';
import { availableToProcess } from '../outOfMemory.ts';
import { TrainingError } from '../trainingError.ts';
import { evaluateRun } from './evaluateRun.ts';
import { explainFailure } from './explainFailure.ts';
import { createInitialState } from './initialState.ts';
import { Network } from './network.ts';
import { loadModel } from './networkState.ts';
import { findResumePoint } from './resumePoint.ts';
import { Trainer } from './trainer.ts';
import { writeCurves } from './writeCurves.ts';
import { writeEvaluation } from './writeEvaluation.ts';

export interface TrainingOrder {
  spec: RunSpec;
  /** Folder of packs or of CIFAR-10 binary files. */
  data: string;
  weights?: string | undefined;
  /** Receives `checkpoints/{step}/`, `curves/` and, of a run that succeeds, `evaluation.json` and `predictions.safetensors`. */
  out: string;
  /** Go on from the newest readable checkpoint under `out`. */
  resume: boolean;
  device: DeviceWish;
}

type Finished = EventOf<'finished'>;

/**
 * A whole training run from files to files. What it says goes to `say`; the last event is `finished`, whatever happens once
 * the training has begun. Wrong inputs are thrown before anything is written.
 *
 * @throws TrainingError for wrong inputs, and for what fails before the first event
 */
export async function trainFolder(order: TrainingOrder, say: (event: TrainerEvent) => void, stop: AbortSignal): Promise<Finished> {
  const device = checkDevice(order.device);
  const data = openData(order.data);
  const explain = (error: unknown): TrainingError => explainFailure(error, order.spec, device.type === 'gpu' ? null : availableToProcess());
  try {
    return await trainOn(order, data, { device, say, stop, explain });
  } catch (error) {
    // The steps are tried once while they are compiled: what does not fit into memory fails there.
    throw explain(error);
  } finally {
    data.close();
  }
}

interface Surroundings {
  device: EventOf<'started'>['device'];
  say: (event: TrainerEvent) => void;
  stop: AbortSignal;
  explain: (error: unknown) => TrainingError;
}

async function trainOn(order: TrainingOrder, data: DataFolder, { device, say, stop, explain }: Surroundings): Promise<Finished> {
  const { spec, out } = order;
  const parts = chooseParts(data, spec);
  const normalization = resolveNormalization(spec, parts.train);
  const checkpoints = path.join(out, 'checkpoints');
  const warn = (step: number, message: string): void => say({ type: 'log', step, level: 'warning', message });
  const resumed = order.resume ? findResumePoint(checkpoints, spec, data.classes, warn) : undefined;
  if (!order.resume && checkpointSteps(checkpoints).length > 0)
    throw new TrainingError('invalid_spec', `${out} holds checkpoints of an earlier run: go on from them with --resume, or choose another --out`);
  const initial = resumed === undefined ? createInitialState(spec, data.classes.length, order.weights) : undefined;
  makeWritable(checkpoints);
  const [evaluationFile, predictionsFile] = [path.join(out, 'evaluation.json'), path.join(out, 'predictions.safetensors')];
  // Those of an earlier run, or of fewer epochs.
  for (const file of [evaluationFile, predictionsFile]) fs.rmSync(file, { force: true });

  const lengths = batchLengths(parts.train.indices.length, spec.data.batchSize);
  const network = new Network({ spec, classes: data.classes.length, storedSize: parts.train.source, normalization, batchSizes: [...new Set(lengths)] });
  try {
    if (initial !== undefined) loadModel(network, initial.model);
    const { height, width } = parts.train.source;
    const transform = { ...normalization, imageSize: spec.data.imageSize, storedSize: { height, width } };
    const description: ModelDescription = { backbone: spec.model.backbone, classes: data.classes, transform, spec };
    const kept: number[] = [];
    const cpuStart = process.cpuUsage();
    const cpuSeconds = (): number => {
      const { user, system } = process.cpuUsage(cpuStart);
      return (resumed?.progress.cpuSeconds ?? 0) + (user + system) / 1e6;
    };
    const sink = {
      event: say,
      checkpoint(checkpoint: Checkpoint, best: boolean): void {
        checkpoint.progress.cpuSeconds = cpuSeconds();
        const { step } = checkpoint.progress;
        say({ type: 'checkpoint', step, epoch: epochOf(checkpoint.progress), best, ...writeCheckpoint(checkpoints, checkpoint, description) });
        kept.push(step);
        keepCheckpoints(checkpoints, new Set([...kept.slice(-2), ...(checkpoint.progress.best === null ? [] : [checkpoint.progress.best.step])]));
      },
    };
    const trainer = new Trainer(spec, network, parts, sink, resumed);
    if (initial !== undefined) trainer.progress.batchesTracked = initial.batchesTracked;
    kept.push(...(resumed === undefined ? [] : [resumed.progress.step]));
    say({
      type: 'started',
      step: trainer.progress.step,
      resumedFromStep: resumed?.progress.step ?? null,
      device,
      engine: engineName,
      weights: typeof spec.model.weights === 'string' ? spec.model.weights : `${spec.model.weights.run} epoch ${spec.model.weights.epoch}`,
      classes: data.classes.length,
      images: { train: parts.train.indices.length, val: parts.val?.indices.length ?? 0, test: parts.test.indices.length },
      stepsPerEpoch: lengths.length,
      epochs: spec.schedule.epochs,
    });
    if (initial?.headKept === false && spec.model.weights !== 'none')
      say({ type: 'log', step: 0, level: 'info', message: `The weights' head is for other classes; a new one for ${data.classes.length} classes takes its place.` });

    const end = (status: Finished['status'], failure: Finished['failure'], bestTest: Finished['bestTest'] = null): Finished => {
      const { best, epoch, seconds, step } = trainer.progress;
      writeCurves(path.join(out, 'curves'), trainer.history);
      const shown = best === null ? null : { epoch: best.epoch, loss: best.loss, accuracy: best.accuracy };
      return { type: 'finished', step, status, epochs: epoch - 1, seconds, cpuSeconds: cpuSeconds(), best: shown, bestTest, failure };
    };
    try {
      const { status } = await trainer.run(stop);
      if (status === 'stopped') return end(status, null);
      const { evaluation, predictions } = await evaluateRun(spec, data.classes, trainer, network, parts, checkpoints, (message) => warn(trainer.progress.step, message));
      writeEvaluation(evaluationFile, evaluation);
      if (predictions !== null) writePredictions(predictionsFile, data.classes.length, predictions);
      return end(status, null, parts.val === null ? null : { loss: evaluation.loss, accuracy: evaluation.top1 });
    } catch (error) {
      const failure = explain(error);
      return end('failed', { code: failure.code, message: failure.message });
    }
  } finally {
    network.program.close();
  }
}

/** Finds out before the training, not after its first epoch, that nothing can be written. */
function makeWritable(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.W_OK);
  } catch (error) {
    throw new TrainingError('invalid_spec', `nothing can be written to ${folder}: ${(error as Error).message}`, { cause: error });
  }
}
