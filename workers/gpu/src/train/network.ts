import type { RunSpec } from '@thaw/contract/runSpec';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { drawnInputs } from '../data/drawBatch.ts';
import { needsMixup } from '../data/drawMixup.ts';
import { attribute, cast, concatFlat, executeOne, int32Scalar } from '../engine/ops.ts';
import { compileProgram, type InputType, type Program, type Step } from '../engine/program.ts';
import { backend, tf } from '../engine/tensorflow.ts';
import { Variable } from '../engine/variable.ts';
import { normalise, toFloat } from '../model/augment.ts';
import { crossEntropy } from '../model/layers.ts';
import { FlatLayout } from '../model/layout.ts';
import { takeRows } from '../model/mix.ts';
import { classify, extractFeatures, stateEntries, type State } from '../model/resnet.ts';
import { trainingImages } from '../model/trainingImages.ts';
import { applyUpdate, clipGradients, ParameterGroup, updateFeedLength } from './optimizer.ts';

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
 * Each training step takes images uint8 [N,H,W,3], labels int32 [N], the drawn augmentation, and the update's numbers for each
 * group; it gives `metrics` float [2]: mean loss in nats and the number of right predictions. `evaluate` gives `logits` [N,C].
 */
export class Network {
  readonly body: ParameterGroup;
  readonly head: ParameterGroup;
  readonly statistics: Variable;
  readonly layouts: { body: FlatLayout; head: FlatLayout; statistics: FlatLayout };
  readonly program: Program;
  private readonly settings: NetworkSettings;

  constructor(settings: NetworkSettings, build: typeof compileProgram = compileProgram) {
    this.settings = settings;
    const entries = stateEntries(settings.spec.model.backbone, settings.classes);
    this.layouts = {
      body: new FlatLayout(entries.filter(({ role }) => role === 'convolution' || role === 'scale' || role === 'offset')),
      head: new FlatLayout(entries.filter(({ role }) => role === 'head')),
      statistics: new FlatLayout(entries.filter(({ role }) => role === 'mean' || role === 'variance')),
    };
    this.body = new ParameterGroup('body', this.layouts.body.size, settings.spec.optimizer.type);
    this.head = new ParameterGroup('head', this.layouts.head.size, settings.spec.optimizer.type);
    this.statistics = new Variable('statistics', [this.layouts.statistics.size]);
    this.program = build([...this.body.variables, ...this.head.variables, this.statistics], this.steps());
  }

  /** Which groups learn in a phase. */
  trainable(phase: TrainingPhase): ParameterGroup[] {
    return phase === 'frozen' ? [this.head] : [this.body, this.head];
  }

  /** Whether batch norms use batch statistics, and move the running ones, while training in a phase. */
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

  /** All tensors of the state, read anew, in TensorFlow's layout. */
  private readState(): { vectors: Record<'body' | 'head', Tensor>; state: State } {
    const [body, head, statistics] = [this.body.value.read(), this.head.value.read(), this.statistics.read()];
    return {
      vectors: { body, head },
      state: new Map([...this.layouts.body.split(body), ...this.layouts.head.split(head), ...this.layouts.statistics.split(statistics)]),
    };
  }

  private evaluateStep(batch: number): Step {
    const { spec, normalization } = this.settings;
    return {
      inputs: { images: this.imageInput(batch) },
      body: ({ images }) => {
        const { state } = this.readState();
        const x = normalise(toFloat(images as Tensor, spec.data.imageSize), normalization.mean, normalization.std);
        return { logits: classify(extractFeatures(spec.model.backbone, x, state, { training: false }), state) };
      },
    };
  }

  private trainStep(phase: TrainingPhase, batch: number): Step {
    const { spec, normalization } = this.settings;
    const groups = this.trainable(phase);
    const feeds = Object.fromEntries(groups.map(({ name }) => [`update/${name}`, { dtype: 'float32', shape: [updateFeedLength] } as const]));
    return {
      inputs: {
        images: this.imageInput(batch),
        labels: { dtype: 'int32', shape: [batch] },
        ...drawnInputs(spec.data, batch),
        ...feeds,
      },
      body: (inputs) => {
        const x = trainingImages(spec.data, normalization, inputs);
        const labels = inputs['labels'] as Tensor;
        let criterion: Criterion = (logits) => tf.mean(crossEntropy(logits, labels, spec.loss.labelSmoothing));
        if (needsMixup(spec.data.augmentation)) {
          const { partners, share } = inputs as Record<'partners' | 'share', Tensor>;
          criterion = mixedCriterion(criterion, (logits) => tf.mean(crossEntropy(logits, takeRows(labels, partners, 'int32'), spec.loss.labelSmoothing)), share);
        }
        const { vectors, state } = this.readState();
        const { loss, logits, gradients, statistics } = this.differentiate(phase, x, criterion, state);
        const flat = groups.map((group) => concatFlat(this.layouts[group.name].entries.map(({ name }) => gradients.get(name) as Tensor)));
        clipGradients(flat, spec.optimizer.clipNorm).forEach((gradient, index) => {
          const group = groups[index] as ParameterGroup;
          applyUpdate(spec.optimizer, group, vectors[group.name], gradient, inputs[`update/${group.name}`] as Tensor);
        });
        if (this.batchNormTrains(phase)) this.statistics.assign(concatFlat(this.layouts.statistics.entries.map(({ name }) => statistics.get(name) as Tensor)));
        return { metrics: tf.stack([loss, countRight(logits, labels)]) };
      },
    };
  }

  /** Loss of a batch, its gradients by every trainable parameter, and the batch norms' new statistics. */
  private differentiate(phase: TrainingPhase, x: Tensor4D, criterion: Criterion, state: State) {
    const { backbone } = this.settings.spec.model;
    const trainable = this.trainable(phase).flatMap(({ name }) => this.layouts[name].entries);
    const names = trainable.map(({ name }) => name);
    const statistics = new Map<string, Tensor>();
    const mode = { training: this.batchNormTrains(phase), update: (name: string, value: Tensor) => void statistics.set(name, value) };
    // Frozen, the features are computed outside of what is differentiated: nothing is kept for a backward pass.
    const frozenFeatures = phase === 'frozen' ? extractFeatures(backbone, x, state, mode) : undefined;
    let logits: Tensor | undefined;
    const forward = (...parameters: Tensor[]): Tensor => {
      const current = new Map([...state, ...names.map((name, index) => [name, parameters[index] as Tensor] as const)]);
      const output = classify(frozenFeatures ?? extractFeatures(backbone, x, current, mode), current);
      logits = tf.keep(output);
      return criterion(output);
    };
    const { value, grads } = tf.valueAndGrads(forward)(names.map((name) => state.get(name) as Tensor));
    return { loss: value, logits: logits as unknown as Tensor2D, gradients: new Map(names.map((name, index) => [name, grads[index] as Tensor])), statistics };
  }
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
