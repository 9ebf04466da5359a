import type { Backbone } from '@thaw/contract/backbones';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../engine/tensorflow.ts';
import { blockTables } from './blockTables.ts';
import { batchNormInference, batchNormTraining, conv2d, linear, maxPool, relu, type BatchNorm } from './layers.ts';

/** The backbone's parts in their order; `stem` is conv1 and bn1. */
export const stages = ['stem', 'layer1', 'layer2', 'layer3', 'layer4'] as const;
/** The position in `stages` of what a parameter or statistic of the backbone belongs to. */
export const stageOf = (name: string): number => Math.max(0, stages.findIndex((stage) => name.startsWith(`${stage}.`)));

/** torchvision's ResNet with basic blocks: architecture, names and padding are its. Channels of the four layers, and of the features. */
const widths = [64, 128, 256, 512] as const;
const features = 512;

/** One entry of the network's state. Shapes in PyTorch's layout: convolutions OIHW, the head [classes, features]. */
export interface Entry {
  name: string;
  shape: readonly number[];
  role: 'convolution' | 'scale' | 'offset' | 'mean' | 'variance' | 'head';
}

/** All parameters and running statistics in the order of torchvision's state_dict, num_batches_tracked left out. */
export function stateEntries(backbone: Backbone, classes: number): Entry[] {
  const norm = (name: string, channels: number): Entry[] => [
    { name: `${name}.weight`, shape: [channels], role: 'scale' },
    { name: `${name}.bias`, shape: [channels], role: 'offset' },
    { name: `${name}.running_mean`, shape: [channels], role: 'mean' },
    { name: `${name}.running_var`, shape: [channels], role: 'variance' },
  ];
  const convolution = (name: string, out: number, into: number, size: number): Entry => ({ name: `${name}.weight`, shape: [out, into, size, size], role: 'convolution' });
  return [
    convolution('conv1', 64, 3, 7),
    ...norm('bn1', 64),
    ...blocks(backbone).flatMap(({ name, into, out, stride }) => [
      convolution(`${name}.conv1`, out, into, 3),
      ...norm(`${name}.bn1`, out),
      convolution(`${name}.conv2`, out, out, 3),
      ...norm(`${name}.bn2`, out),
      ...(stride === 1 ? [] : [convolution(`${name}.downsample.0`, out, into, 1), ...norm(`${name}.downsample.1`, out)]),
    ]),
    { name: 'fc.weight', shape: [classes, features], role: 'head' },
    { name: 'fc.bias', shape: [classes], role: 'head' },
  ];
}

interface Block {
  name: string;
  /** Its stage's position in `stages`. */
  stage: number;
  into: number;
  out: number;
  stride: number;
}

function blocks(backbone: Backbone): Block[] {
  return blockTables[backbone].flatMap((count, layer) =>
    Array.from({ length: count }, (_, block) => {
      const out = widths[layer] as number;
      const first = block === 0 && layer > 0;
      return { name: `layer${layer + 1}.${block}`, stage: layer + 1, into: first ? (widths[layer - 1] as number) : out, out, stride: first ? 2 : 1 };
    }),
  );
}

/** The num_batches_tracked beside a batch norm's running_var. */
export const counterOf = (runningVariance: string): string => runningVariance.replace(/running_var$/, 'num_batches_tracked');

/** The names of the batch norms' num_batches_tracked, which count training batches and which only a state_dict needs. */
export function batchCounters(backbone: Backbone): string[] {
  return stateEntries(backbone, 1).flatMap(({ name, role }) => (role === 'variance' ? [counterOf(name)] : []));
}

/** Names and shapes of torchvision's whole state_dict, num_batches_tracked included: what a weights file must hold. */
export function stateShapes(backbone: Backbone, classes: number): Map<string, readonly number[]> {
  return new Map([
    ...stateEntries(backbone, classes).map(({ name, shape }) => [name, shape] as const),
    ...batchCounters(backbone).map((name) => [name, []] as const),
  ]);
}

/** Tensors by their torchvision names; convolutions HWIO, the head [features, classes], as TensorFlow wants them. */
export type State = ReadonlyMap<string, Tensor>;

export interface BatchNormMode {
  /** Whether batch norms use the batch's statistics and move the running ones. */
  training: boolean;
  /** Receives each new running statistic by its name. */
  update?: (name: string, value: Tensor) => void;
}

/**
 * What a ResNet is made of, for whatever computes or describes it; X stands for an activation [N,H,W,C] or [N,C,H,W]. Layers with
 * parameters are given by their torchvision names.
 */
export interface ResNetLayers<X> {
  /** Without bias; padding on all sides. */
  convolution(x: X, name: string, stride: number, padding: number): X;
  batchNorm(x: X, name: string): X;
  relu(x: X): X;
  /** Window 3, stride 2, padding 1. */
  maxPool(x: X): X;
  add(x: X, y: X): X;
}

/**
 * The network from its input to the last activation, before the global average pool. The one place that says how layers follow each other.
 *
 * @param from first stage to compute, `input` being what the one before gives
 * @param to the stage to stop before
 */
export function composeResNet<X>(backbone: Backbone, input: X, { convolution, batchNorm, relu, maxPool, add }: ResNetLayers<X>, from = 0, to: number = stages.length): X {
  let x = from === 0 && to > 0 ? maxPool(relu(batchNorm(convolution(input, 'conv1', 2, 3), 'bn1'))) : input;
  for (const { name, stride } of blocks(backbone).filter(({ stage }) => stage >= from && stage < to)) {
    let y = relu(batchNorm(convolution(x, `${name}.conv1`, stride, 1), `${name}.bn1`));
    y = batchNorm(convolution(y, `${name}.conv2`, 1, 1), `${name}.bn2`);
    const shortcut = stride === 1 ? x : batchNorm(convolution(x, `${name}.downsample.0`, stride, 0), `${name}.downsample.1`);
    x = relu(add(y, shortcut));
  }
  return x;
}

/**
 * The backbone's stages [from, to): from images [N,H,W,3], normalised, or what the stage before gives, to the last activation [N,H,W,C].
 */
export function runStages(backbone: Backbone, input: Tensor4D, state: State, mode: BatchNormMode, from = 0, to: number = stages.length): Tensor4D {
  const get = (name: string): Tensor => {
    const tensor = state.get(name);
    if (tensor === undefined) throw new Error(`the network's state lacks ${name}`);
    return tensor;
  };
  const layers: ResNetLayers<Tensor4D> = {
    convolution: (x, name, stride, padding) => conv2d(x, get(`${name}.weight`) as Tensor4D, stride, padding),
    batchNorm(x, name) {
      const norm: BatchNorm = { scale: get(`${name}.weight`), offset: get(`${name}.bias`), mean: get(`${name}.running_mean`), variance: get(`${name}.running_var`) };
      if (!mode.training) return batchNormInference(x, norm);
      return batchNormTraining(x, norm, (mean, variance) => {
        mode.update?.(`${name}.running_mean`, mean);
        mode.update?.(`${name}.running_var`, variance);
      });
    },
    relu,
    maxPool,
    add: (x, y) => tf.add(x, y),
  };
  return composeResNet(backbone, input, layers, from, to);
}

/** Global average pool: the last activation [N,H,W,C] to features [N,C]. */
export const pool = (x: Tensor4D): Tensor2D => tf.mean(x, [1, 2]);

/** The head: features [N,512] to logits [N,classes]. */
export const classify = (features: Tensor2D, state: State): Tensor2D =>
  linear(features, state.get('fc.weight') as Tensor2D, state.get('fc.bias') as Tensor);
