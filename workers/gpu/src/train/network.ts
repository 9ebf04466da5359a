import type { RunSpec } from '@thaw/contract/runSpec';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { drawnInputs } from '../data/drawBatch.ts';
import { needsMixup } from '../data/drawMixup.ts';
import { attribute, cast, concatFlat, element, executeOne, int32Scalar } from '../engine/ops.ts';
import { compileProgram, type InputType, type Program, type Step } from '../engine/program.ts';
import { backend, tf } from '../engine/tensorflow.ts';
import { Variable } from '../engine/variable.ts';
import { normalise, toFloat } from '../model/augment.ts';
import { crossEntropy } from '../model/layers.ts';
import { FlatLayout } from '../model/layout.ts';
import { takeRows } from '../model/mix.ts';
import { classify, pool, runStages, stages, stateEntries, type State } from '../model/resnet.ts';
import { trainingImages } from '../model/trainingImages.ts';
import { MovingAverages } from './averaging.ts';
import { applyUpdate, clipGradients, updateFeedLength } from './optimizer.ts';
import { groupParameters, keptStages, type LearningGroup } from './parameterGroups.ts';

/** What a network's steps are built from. */
export interface NetworkSettings {
  spec: RunSpec;
  classes: number;
  /** Height and width of the stored images. */
  storedSize: { height: number; width: number };
  /** Mean and standard deviation of pixels in [0, 1], by channel. */
  normalization: { mean: readonly number[]; std: readonly number[] };
  /** Sizes of training batches that occur: the full one, and the last one of an epoch where it is smaller. */
  batchSizes: readonly number[];
}

export type TrainingPhase = 'frozen' | 'full';
export const trainStepName = (phase: TrainingPhase, batch: number): string => `${phase}${batch}`;
export const evaluateStepName = 'evaluate';

/**
 * The network of a run: its variables, and its steps as a program.
 *
 * Each training step takes images uint8 [N,H,W,3], labels int32 [N], the drawn augmentation, the update's numbers for each
 * group and, with `ema`, the share of the new values in the averages; it gives `metrics` float [2]: mean loss in nats and the number of right predictions. `evaluate` gives `logits` [N,C].
 */
export class Network {
  /** In the order in which a step updates them; the head last. */
  readonly groups: readonly LearningGroup[];
  /** Parameters of the stages that stay frozen for good, if there are any. */
  readonly kept: StoredVector | null;
  readonly statistics: StoredVector;
  /** Of all that training moves, where the spec has `ema`: what is evaluated and saved. */
  readonly averages: MovingAverages | null;
  readonly program: Program;
  private readonly settings: NetworkSettings;

  constructor(settings: NetworkSettings, build: typeof compileProgram = compileProgram) {
    this.settings = settings;
    const entries = stateEntries(settings.spec.model.backbone, settings.classes);
    const { kept, groups } = groupParameters(settings.spec, entries);
    const stored = (name: string, layout: FlatLayout): StoredVector => ({ layout, value: new Variable(name, [layout.size]) });
    this.groups = groups;
    this.kept = kept.size === 0 ? null : stored('kept', kept);
    this.statistics = stored('statistics', new FlatLayout(entries.filter(({ role }) => role === 'mean' || role === 'variance')));
    this.averages = settings.spec.ema === null ? null : new MovingAverages(this.moving.map(({ value }) => value));
    const constant = this.kept === null ? [] : [this.kept.value];
    const variables = [...groups.flatMap(({ parameters }) => parameters.variables), this.statistics.value, ...constant, ...(this.averages?.variables ?? [])];
    this.program = build(variables, this.steps());
  }

  /** Everything that training moves, apart from the optimiser's own. */
  get moving(): StoredVector[] {
    return [...this.groups.map(({ layout, parameters }) => ({ layout, value: parameters.value })), this.statistics];
  }

  /** All entries of the state: what moves, and what stays as it is. */
  get stored(): StoredVector[] {
    return [...this.moving, ...(this.kept === null ? [] : [this.kept])];
  }

  /** The variable that is evaluated and saved in the place of another: its average, where there is one. */
  judged(value: Variable): Variable {
    return this.averages === null || value === this.kept?.value ? value : this.averages.of(value);
  }

  /** Which groups learn in a phase. */
  learning(phase: TrainingPhase): LearningGroup[] {
    return this.groups.filter(({ part }) => phase === 'full' || part === 'head');
  }

  /** Whether batch norms use batch statistics, and move the running ones, while training in a phase; those of frozen stages do as in the frozen phase. */
  batchNormTrains(phase: TrainingPhase): boolean {
    const mode = this.settings.spec.schedule.frozenBatchNorm;
    return mode === 'train' || (mode === 'eval' && phase === 'full');
  }

  private steps(): Record<string, Step> {
    const { epochs, freezeEpochs } = this.settings.spec.schedule;
    const phases: TrainingPhase[] = [...(freezeEpochs > 0 ? ['frozen' as const] : []), ...(freezeEpochs < epochs ? ['full' as const] : [])];
    const steps: Record<string, Step> = { [evaluateStepName]: this.evaluateStep(this.settings.spec.data.batchSize) };
    for (const phase of phases) for (const batch of this.settings.batchSizes) steps[trainStepName(phase, batch)] = this.trainStep(phase, batch);
    return steps;
  }

  private imageInput(batch: number): InputType {
    const { height, width } = this.settings.storedSize;
    return { dtype: 'uint8', shape: [batch, height, width, 3] };
  }

  /** All tensors of the state, read anew, in TensorFlow's layout. @param choose the variable to read in the place of another */
  private readState(choose: (value: Variable) => Variable): { vectors: ReadonlyMap<Variable, Tensor>; state: State } {
    const vectors = new Map(this.stored.map(({ value }) => [value, choose(value).read()]));
    return { vectors, state: new Map(this.stored.flatMap(({ layout, value }) => [...layout.split(vectors.get(value) as Tensor)])) };
  }

  private evaluateStep(batch: number): Step {
    const { spec, normalization } = this.settings;
    return {
      inputs: { images: this.imageInput(batch) },
      body: ({ images }) => {
        const { state } = this.readState((value) => this.judged(value));
        const x = normalise(toFloat(images as Tensor, spec.data.imageSize), normalization.mean, normalization.std);
        const judge = (pictures: Tensor4D): Tensor2D => classify(pool(runStages(spec.model.backbone, pictures, state, { training: false })), state);
        return { logits: spec.evaluation.flip ? tf.mul(tf.add(judge(x), judge(tf.reverse(x, 2))), 0.5) : judge(x) };
      },
    };
  }

  private trainStep(phase: TrainingPhase, batch: number): Step {
    const { spec, normalization } = this.settings;
    const { augmentation } = spec.data;
    const groups = this.learning(phase);
    const feeds = Object.fromEntries(groups.map(({ parameters: { name } }) => [`update/${name}`, { dtype: 'float32', shape: [updateFeedLength] } as const]));
    return {
      inputs: {
        images: this.imageInput(batch),
        labels: { dtype: 'int32', shape: [batch] },
        ...drawnInputs(spec.data, batch),
        ...feeds,
        ...(this.averages === null ? {} : { averaging: { dtype: 'float32', shape: [1] } }),
      },
      body: (inputs) => {
        const x = trainingImages(spec.data, normalization, inputs);
        const labels = inputs['labels'] as Tensor;
        let criterion: Criterion = (logits) => tf.mean(crossEntropy(logits, labels, spec.loss.labelSmoothing));
        if (needsMixup(augmentation)) {
          const { partners, share } = inputs as Record<'partners' | 'share', Tensor>;
          criterion = mixedCriterion(criterion, (logits) => tf.mean(crossEntropy(logits, takeRows(labels, partners, 'int32'), spec.loss.labelSmoothing)), share);
        }
        const { vectors, state } = this.readState((value) => value);
        const { loss, logits, gradients, statistics } = this.differentiate(phase, x, criterion, state);
        const flat = groups.map(({ layout }) => concatFlat(layout.entries.map(({ name }) => gradients.get(name) as Tensor)));
        clipGradients(flat, spec.optimizer.clipNorm).forEach((gradient, index) => {
          const { parameters } = groups[index] as LearningGroup;
          applyUpdate(spec.optimizer, parameters, vectors.get(parameters.value) as Tensor, gradient, inputs[`update/${parameters.name}`] as Tensor);
        });
        if (statistics.size > 0) this.statistics.value.assign(concatFlat(this.statistics.layout.entries.map(({ name }) => statistics.get(name) ?? (state.get(name) as Tensor))));
        const moved = [...groups.map(({ parameters }) => parameters.value), ...(statistics.size > 0 ? [this.statistics.value] : [])];
        if (this.averages !== null) for (const value of moved) this.averages.take(value, element(inputs['averaging'] as Tensor, 0));
        return { metrics: tf.stack([loss, countRight(logits, labels)]) };
      },
    };
  }

  /** Loss of a batch, its gradients by every trainable parameter, and the batch norms' new statistics. */
  private differentiate(phase: TrainingPhase, x: Tensor4D, criterion: Criterion, state: State) {
    const { spec } = this.settings;
    const { backbone } = spec.model;
    const names = this.learning(phase).flatMap(({ layout }) => layout.entries.map(({ name }) => name));
    const statistics = new Map<string, Tensor>();
    const modeOf = (of: TrainingPhase) => ({ training: this.batchNormTrains(of), update: (name: string, value: Tensor) => void statistics.set(name, value) });
    // What is frozen is computed outside of what is differentiated: nothing is kept for a backward pass.
    const frozenStages = phase === 'frozen' ? stages.length : keptStages(spec);
    const frozen = runStages(backbone, x, state, modeOf('frozen'), 0, frozenStages);
    const frozenFeatures = phase === 'frozen' ? pool(frozen) : undefined;
    let logits: Tensor | undefined;
    const forward = (...parameters: Tensor[]): Tensor => {
      const current = new Map([...state, ...names.map((name, index) => [name, parameters[index] as Tensor] as const)]);
      const output = classify(frozenFeatures ?? pool(runStages(backbone, frozen, current, modeOf('full'), frozenStages)), current);
      logits = tf.keep(output);
      return criterion(output);
    };
    const { value, grads } = tf.valueAndGrads(forward)(names.map((name) => state.get(name) as Tensor));
    return { loss: value, logits: logits as unknown as Tensor2D, gradients: new Map(names.map((name, index) => [name, grads[index] as Tensor])), statistics };
  }
}

/** Entries of the network's state in one variable. */
export interface StoredVector {
  layout: FlatLayout;
  value: Variable;
}

/** From logits [N,C] to the loss of a batch, a scalar. */
type Criterion = (logits: Tensor2D) => Tensor;

/** The loss of mixed pictures: of both targets, by their shares. */
const mixedCriterion =
  (own: Criterion, partners: Criterion, share: Tensor): Criterion =>
  (logits) =>
    tf.add(tf.mul(own(logits), share), tf.mul(partners(logits), tf.sub(1, share)));

/** How many rows of logits [N,C] have their largest value at the label, as a float scalar. */
function countRight(logits: Tensor, labels: Tensor): Tensor {
  const attributes = [attribute.type('T', 'float32'), attribute.type('Tidx', 'int32'), attribute.type('output_type', 'int32')];
  const predicted = executeOne('ArgMax', [logits, int32Scalar(1)], attributes);
  const right = executeOne('Equal', [predicted, labels], [attribute.type('T', 'int32')]);
  return tf.sum(cast(right, 'bool', 'float32'));
}

/** Tensors alive in TensorFlow, for finding leaks. */
export const liveTensors = (): number => backend.binding.getNumOfTensors();
