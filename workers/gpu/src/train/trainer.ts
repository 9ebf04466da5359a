import type { EpochRecord, EventOf, TrainerEvent } from '@thaw/contract/events';
import { decodeMetric, encodeMetric } from '@thaw/contract/numbers';
import type { RunSpec } from '@thaw/contract/runSpec';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { emptySums, firstProgress, type History, type Progress } from '../checkpoint/progress.ts';
import { batchLengths, epochOrder, readBatch } from '../data/batches.ts';
import { drawnFeeds } from '../data/drawBatch.ts';
import { choosePanel, type Part, type Parts } from '../data/parts.ts';
import type { Tally } from '../evaluate/tally.ts';
import { TrainingError } from '../trainingError.ts';
import { averagingFeed } from './averaging.ts';
import { evaluate, judgePanel } from './evaluate.ts';
import { LearningRate } from './learningRate.ts';
import { trainStepName, type Network, type TrainingPhase } from './network.ts';
import { restore, saveModel, saveSlots } from './networkState.ts';
import { updateFeed } from './optimizer.ts';

/** Where a trainer's words and checkpoints go. It knows no network and no database. */
export interface Sink {
  event(event: TrainerEvent): void;
  /** Stores a checkpoint; called at the end of an epoch or when asked to stop. */
  checkpoint(checkpoint: Checkpoint, best: boolean): void;
}

/** How training ended. Failures are thrown as TrainingError. */
export interface Outcome {
  status: 'succeeded' | 'stopped';
  epochs: number;
}

/**
 * A training loss from here on, in nats, is as lost as one that is not a number. Batch norms keep a network whose weights have
 * exploded finite for long: at a rate of 1000 the loss stays near 1e9. What can be saved is below 100.
 */
const hopelessLoss = 1e4;

/**
 * Fine-tunes a network by the recipe of a spec: evaluate, then epoch by epoch train (frozen first, then all), evaluate, adjust
 * the learning rate, keep a checkpoint. A step blocks; between steps the event loop turns, so that a stop request gets through.
 */
export class Trainer {
  readonly progress: Progress;
  readonly history: History;
  /** Of the test part after the newest epoch of this attempt; null where that is not evaluated. */
  lastTest: Tally | null = null;
  private readonly spec: RunSpec;
  private readonly network: Network;
  private readonly parts: Parts;
  private readonly sink: Sink;
  private readonly rate: LearningRate;
  private readonly lengths: number[];
  private readonly panel: Int32Array;
  /** Step of the newest checkpoint. */
  private savedStep: number | undefined;

  constructor(spec: RunSpec, network: Network, parts: Parts, sink: Sink, resumed?: Checkpoint) {
    this.spec = spec;
    this.network = network;
    this.parts = parts;
    this.sink = sink;
    this.progress = resumed?.progress ?? firstProgress(spec.optimizer.learningRate);
    this.history = resumed?.history ?? [];
    this.lengths = batchLengths(parts.train.indices.length, spec.data.batchSize);
    this.rate = new LearningRate(spec, this.lengths.length, this.progress.schedule);
    this.panel = choosePanel(parts.test);
    this.savedStep = resumed?.progress.step;
    if (resumed !== undefined) restore(network, resumed);
  }

  /** Trains to the end, or until `stop` is aborted. @throws TrainingError */
  async run(stop: AbortSignal): Promise<Outcome> {
    const { progress, spec } = this;
    if (progress.step === 0 && progress.epoch === 1 && this.history.length === 0) this.evaluateUntrained();
    while (!progress.finished) {
      const phase: TrainingPhase = progress.epoch <= spec.schedule.freezeEpochs ? 'frozen' : 'full';
      // Asked to stop between two epochs, the one that did not begin is left to the resumed run, and its checkpoint is there already.
      if (progress.batch === 0 && !stop.aborted) this.beginEpoch(phase);
      if (!(await this.trainEpoch(phase, stop))) {
        if (progress.step !== this.savedStep) this.save(false);
        return { status: 'stopped', epochs: progress.epoch - 1 };
      }
      this.endEpoch(phase);
    }
    return { status: 'succeeded', epochs: progress.epoch - 1 };
  }

  /** Epoch 0: what the weights can do before any training. */
  private evaluateUntrained(): void {
    const started = performance.now();
    const [val, test] = [this.evaluatePart(this.parts.val), this.evaluatePart(this.parts.test)];
    this.sayEpoch({ ...unmeasured, ...valFields(val), ...testFields(test), epoch: 0, phase: 'initial', seconds: secondsSince(started) });
    this.sayPanel(0);
  }

  private beginEpoch(phase: TrainingPhase): void {
    const { progress, spec, network } = this;
    this.rate.beginEpoch(progress.epoch);
    if (progress.epoch !== 1 && progress.epoch !== spec.schedule.freezeEpochs + 1) return;
    const count = (groups: readonly { layout: { size: number } }[]): number => groups.reduce((sum, { layout }) => sum + layout.size, 0);
    const trainableParameters = count(network.learning(phase));
    this.say({
      type: 'phase',
      phase,
      epoch: progress.epoch,
      step: progress.step,
      learningRate: this.rate.rateAt(progress.epoch, 0),
      trainableParameters,
      frozenParameters: count([...network.groups, ...(network.kept === null ? [] : [network.kept])]) - trainableParameters,
    });
  }

  /** Trains what is left of the epoch. False: asked to stop before its end. */
  private async trainEpoch(phase: TrainingPhase, stop: AbortSignal): Promise<boolean> {
    const { progress, spec, parts } = this;
    const order = epochOrder(parts.train, spec.data.shuffle, spec.seed, progress.epoch);
    let start = this.lengths.slice(0, progress.batch).reduce((sum, length) => sum + length, 0);
    while (progress.batch < this.lengths.length) {
      if (stop.aborted) return false;
      const length = this.lengths[progress.batch] as number;
      this.trainBatch(phase, order.subarray(start, start + length));
      start += length;
      await new Promise(setImmediate);
    }
    return true;
  }

  private trainBatch(phase: TrainingPhase, indices: Int32Array): void {
    const { progress, spec, network } = this;
    const started = performance.now();
    const learningRate = this.rate.rateAt(progress.epoch, progress.batch);
    const groups = network.learning(phase);
    for (const part of new Set(groups.map(({ part }) => part))) progress.groupSteps[part] += 1;
    const updates = groups.map(({ part, parameters, rateFactor }) => [`update/${parameters.name}`, Float32Array.from(updateFeed(spec.optimizer, learningRate * rateFactor, progress.groupSteps[part]))] as const);
    const feeds = {
      ...readBatch(this.parts.train, indices),
      ...drawnFeeds(spec.data, { seed: spec.seed, epoch: progress.epoch, batch: progress.batch, indices }),
      ...Object.fromEntries(updates),
      ...(spec.ema === null ? {} : { averaging: averagingFeed(spec.ema, progress.step + 1) }),
    };
    const [loss, right] = network.program.run(trainStepName(phase, indices.length), feeds)['metrics'] as unknown as [number, number];

    progress.step += 1;
    progress.batch += 1;
    if (network.batchNormTrains(phase)) progress.batchesTracked += 1;
    const { sums } = progress;
    const seconds = secondsSince(started);
    Object.assign(sums, {
      loss: encodeMetric(decodeMetric(sums.loss) + loss * indices.length),
      right: sums.right + right,
      images: sums.images + indices.length,
      seconds: sums.seconds + seconds,
    });
    progress.seconds += seconds;
    this.say({ type: 'iteration', step: progress.step, epoch: progress.epoch, phase, loss: encodeMetric(loss), learningRate, accuracy: right / indices.length });
    if (!(loss < hopelessLoss))
      throw new TrainingError('diverged', `the loss became ${loss} at step ${progress.step} (epoch ${progress.epoch}) with learning rate ${learningRate}; ${this.lastGood()}`);
  }

  private lastGood(): string {
    const kept = this.savedStep === undefined ? 'there is no earlier checkpoint' : `the checkpoint of step ${this.savedStep} is kept`;
    return `${kept}; lower the learning rate`;
  }

  /** Evaluates, adjusts the rate, keeps a checkpoint, and moves on to the next epoch. */
  private endEpoch(phase: TrainingPhase): void {
    const { progress, spec, parts } = this;
    const { epoch, sums } = progress;
    const learningRate = this.rate.rateAt(epoch, this.lengths.length - 1);
    const started = performance.now();
    const val = this.evaluatePart(parts.val);
    const test = parts.val === null ? this.evaluatePart(parts.test) : null;
    const evaluationSeconds = secondsSince(started);
    this.lastTest = test;
    this.sayEpoch({
      epoch,
      phase,
      learningRate,
      trainLoss: encodeMetric(decodeMetric(sums.loss) / sums.images),
      trainAccuracy: sums.right / sums.images,
      ...valFields(val),
      ...testFields(test),
      imagesPerSecond: sums.images / sums.seconds,
      seconds: sums.seconds + evaluationSeconds,
    });
    this.sayPanel(epoch);

    const monitored = (val ?? test) as Tally;
    if (!Number.isFinite(monitored.loss)) throw new TrainingError('diverged', `the evaluation after epoch ${epoch} gave the loss ${monitored.loss}; ${this.lastGood()}`);
    this.rate.endEpoch(monitored.loss);
    const best = monitored.loss < (progress.best?.loss ?? Infinity);
    if (best) progress.best = { epoch, loss: monitored.loss, accuracy: monitored.accuracy, step: progress.step };
    progress.finished = epoch === spec.schedule.epochs || this.hasStalled(monitored.loss);
    Object.assign(progress, { epoch: epoch + 1, batch: 0, sums: emptySums(), seconds: progress.seconds + evaluationSeconds });
    if (best || progress.finished || epoch % spec.checkpointEvery === 0) this.save(best);
  }

  /** Early stopping: whether the monitored loss has gone without an improvement for longer than the patience. */
  private hasStalled(loss: number): boolean {
    const { stalled } = this.progress;
    const rule = this.spec.earlyStopping;
    if (rule === null) return false;
    if (loss < Number(stalled.reference) - rule.minDelta) Object.assign(stalled, { reference: loss, epochs: 0 });
    else stalled.epochs += 1;
    return stalled.epochs > rule.patience;
  }

  private save(best: boolean): void {
    const { network, progress, history } = this;
    this.sink.checkpoint({ model: saveModel(network), slots: saveSlots(network, progress.groupSteps), progress: structuredClone(progress), history }, best);
    this.savedStep = progress.step;
  }

  private evaluatePart(part: Part | null): Tally | null {
    return part === null ? null : evaluate(this.network, part, this.spec.data.batchSize);
  }

  private sayEpoch(record: EpochRecord): void {
    this.say({ type: 'epoch', step: this.progress.step, ...record });
  }

  private sayPanel(epoch: number): void {
    const images = judgePanel(this.network, this.parts.test, this.panel, this.spec.data.batchSize);
    this.say({ type: 'panel', step: this.progress.step, epoch, images });
  }

  private say(event: EventOf<'phase' | 'iteration' | 'epoch' | 'panel'>): void {
    this.history.push(event);
    this.sink.event(event);
  }
}

const unmeasured = { learningRate: null, trainLoss: null, trainAccuracy: null, imagesPerSecond: null } as const;

type Fields<K extends keyof EpochRecord> = Pick<EpochRecord, K>;
const lossOf = (measured: Tally | null) => (measured === null ? null : encodeMetric(measured.loss));
const valFields = (measured: Tally | null): Fields<'valLoss' | 'valAccuracy'> => ({ valLoss: lossOf(measured), valAccuracy: measured?.accuracy ?? null });
const testFields = (measured: Tally | null): Fields<'testLoss' | 'testAccuracy'> => ({ testLoss: lossOf(measured), testAccuracy: measured?.accuracy ?? null });

const secondsSince = (start: number): number => (performance.now() - start) / 1000;
