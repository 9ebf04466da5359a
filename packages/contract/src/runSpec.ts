import { z } from 'zod';
import { backbone } from './backbones.ts';

/**
 * The RunSpec: everything that decides what a run computes. This module holds the complete form, in which each field has a
 * value; a request may leave out any field (resolveSpec.ts fills it from a preset). Unknown fields are errors everywhere, so
 * that a misspelt setting is never ignored.
 */

const rate = z.number().positive().max(1e4);
const fraction = z.number().min(0).max(1);
const decay = z.number().min(0).lt(1);

export const model = z.strictObject({
  backbone,
  /** `imagenet1k_v1`: torchvision's IMAGENET1K_V1 of the backbone; `none`: random; or the checkpoint of an earlier run with the same backbone. */
  weights: z.union([
    z.enum(['imagenet1k_v1', 'none']),
    z.strictObject({ run: z.string().min(1).max(64), epoch: z.number().int().nonnegative() }),
  ]),
});

const channelTriple = z.tuple([z.number(), z.number(), z.number()]);
const positiveTriple = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** Mean and standard deviation of pixels divided by 255, or the name of where they come from. */
export const normalization = z.union([
  z.strictObject({ mean: channelTriple, std: positiveTriple }),
  z.enum(['imagenet', 'dataset']),
]);

/** Two numbers, the smaller first. */
const range = (number: z.ZodNumber) => z.tuple([number, number]).refine(([low, high]) => low <= high, 'the first number must not be above the second');

/**
 * torchvision's RandomCrop(padding), RandomHorizontalFlip(p), ColorJitter, RandomRotation(degrees), in that order; then, after the
 * normalisation, what is taken out or mixed.
 */
export const augmentation = z.strictObject({
  crop: z.strictObject({ padding: z.number().int().min(1).max(64) }).nullable(),
  flip: fraction,
  rotation: z.number().min(0).max(180),
  colorJitter: z
    .strictObject({ brightness: fraction, contrast: fraction, saturation: fraction, hue: z.number().min(0).max(0.5) })
    .nullable(),
  /** torchvision's RandomErasing after the normalisation: a rectangle of this part of the picture, with this aspect ratio, is set to 0. */
  erasing: z
    .strictObject({ probability: fraction, scale: range(z.number().gt(0).max(1)), ratio: range(z.number().gt(0).max(100)) })
    .nullable(),
  /** Cutout (DeVries and Taylor 2017, arXiv:1708.04552): a square of this side, in pixels, at a random centre is set to 0. */
  cutout: z.strictObject({ size: z.number().int().min(1).max(256) }).nullable(),
  /** mixup (Zhang et al. 2017, arXiv:1710.09412): pictures and targets of a batch are mixed in pairs by a draw of Beta(alpha, alpha). */
  mixup: z.strictObject({ alpha: z.number().gt(0).max(10) }).nullable(),
});

export const data = z.strictObject({
  dataset: z.string().min(1).max(64),
  imageSize: z.number().int().min(32).max(256),
  batchSize: z.number().int().min(2).max(1024),
  shuffle: z.boolean(),
  normalization,
  augmentation: augmentation.nullable(),
  /** The first n/classes images of each class; null: all. */
  trainLimit: z.number().int().positive().nullable(),
  testLimit: z.number().int().positive().nullable(),
  monitor: z.enum(['test', 'val']),
  /** Part of train held out, stratified, where monitor is `val` and the data set has no val part of its own. */
  valFraction: z.number().gt(0).lt(1),
});

export const schedule = z.strictObject({
  epochs: z.number().int().min(1).max(1000),
  freezeEpochs: z.number().int().min(0).max(1000),
  /** Learning rate from the thaw on. Without frozen epochs there is no thaw and optimizer.learningRate rules throughout. */
  unfreezeLearningRate: rate,
  /** `train`: batch statistics all along; `eval`: running statistics in the frozen epochs; `eval_always`: after the thaw too. */
  frozenBatchNorm: z.enum(['train', 'eval', 'eval_always']),
  /** Stages up to and with this one (of stem = conv1 and bn1, layer1, ...) stay frozen after the thaw too, as in the frozen epochs; null: none. */
  keepFrozen: z.enum(['stem', 'layer1', 'layer2', 'layer3']).nullable(),
  /** Over the first n steps of the run the learning rate rises in a line: step k has k/n of it. 0: none. */
  warmupSteps: z.number().int().min(0).max(1_000_000),
});

const optimizerFields = {
  learningRate: rate,
  /** The head learns at this multiple of the learning rate (discriminative learning rates, ULMFiT, arXiv:1801.06146). */
  headLearningRateFactor: z.number().positive().max(1000),
  /** Each stage of the backbone learns at this multiple of the rate of the one above it, layer4 at the learning rate (ULMFiT again); 1: all at the same. */
  stageLearningRateDecay: z.number().gt(0).max(1),
  weightDecay: z.number().min(0).max(10),
  /** Scales the gradient down to this norm where it is longer (torch clip_grad_norm_); null: off. */
  clipNorm: z.number().positive().max(1e6).nullable(),
};
const adamFields = { ...optimizerFields, beta1: decay, beta2: decay, epsilon: z.number().gt(0).max(1) };

/** torch.optim: in `adam` and `sgd` weightDecay is L2 in the gradient, in `adamw` it shrinks the weights directly. */
export const optimizer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('adam'), ...adamFields }),
  z.strictObject({ type: z.literal('adamw'), ...adamFields }),
  z.strictObject({ type: z.literal('sgd'), ...optimizerFields, momentum: decay, nesterov: z.boolean() }),
]);

/** torch.nn.CrossEntropyLoss(label_smoothing); evaluation is always without. */
export const loss = z.strictObject({ labelSmoothing: z.number().min(0).lt(1) });

/**
 * An exponential moving average of parameters and running statistics (Polyak and Juditsky 1992; timm's ModelEma): it is what is evaluated and
 * saved. Over the first steps the decay is smaller, min(decay, (1 + step)/(10 + step)), so that the start is soon forgotten; null: off.
 */
export const ema = z.strictObject({ decay: z.number().gt(0).lt(1) });

/** How pictures are judged, in training and by the evaluation of a checkpoint. */
export const evaluation = z.strictObject({
  /** Test-time flip: the logits are the mean of those of the picture and of its mirror image, at twice the cost. */
  flip: z.boolean(),
});

export const scheduler = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('reduce_on_plateau'),
    factor: z.number().gt(0).lt(1),
    patience: z.number().int().min(0).max(1000),
    threshold: z.number().min(0).max(1),
    cooldown: z.number().int().min(0).max(1000),
    minLearningRate: z.number().min(0).max(1e4),
    epsilon: z.number().min(0).max(1),
  }),
  /** torch CosineAnnealingLR over the epochs of each phase. */
  z.strictObject({ type: z.literal('cosine'), minLearningRate: z.number().min(0).max(1e4) }),
  /** torch StepLR, counted from the start of each phase. */
  z.strictObject({ type: z.literal('step'), stepSize: z.number().int().min(1).max(1000), gamma: z.number().gt(0).max(1) }),
  /** torch OneCycleLR(cycle_momentum=False; cosine, two phases) over the steps of each phase; its maximum is the phase's learning rate. */
  z.strictObject({
    type: z.literal('one_cycle'),
    warmupFraction: z.number().gt(0).lt(1),
    divFactor: z.number().gt(1).max(1e6),
    finalDivFactor: z.number().gt(1).max(1e9),
  }),
  z.strictObject({ type: z.literal('constant') }),
]);

/** Stops when the monitored loss has not improved by minDelta for more than `patience` epochs in a row. */
export const earlyStopping = z.strictObject({ patience: z.number().int().min(0).max(1000), minDelta: z.number().min(0) });

/**
 * What a run may be compared with, on the same data, split and seed: `untuned`, its own epoch 0 (pretrained features under an
 * untrained head); `linear_probe`, the backbone frozen all the way; `scratch`, from random weights. See companionSpecs.
 */
export const companionKind = z.enum(['untuned', 'linear_probe', 'scratch']);
export type CompanionKind = z.infer<typeof companionKind>;

export const presetName = z.enum(['tutorial', 'quick', 'scratch', 'recommended']);
export type PresetName = z.infer<typeof presetName>;

export const runSpec = z
  .strictObject({
    preset: presetName,
    model,
    data,
    schedule,
    optimizer,
    scheduler,
    loss,
    ema: ema.nullable(),
    evaluation,
    /** A checkpoint after every n-th epoch (and after the last one). */
    checkpointEvery: z.number().int().min(1).max(1000),
    earlyStopping: earlyStopping.nullable(),
    companions: z.array(companionKind).max(3).refine((kinds) => new Set(kinds).size === kinds.length, 'each companion can be asked for once'),
    seed: z.number().int().min(0).max(2 ** 31 - 1),
  })
  .superRefine((spec, context) => {
    const { epochs, freezeEpochs } = spec.schedule;
    const twin = (kind: CompanionKind, why: string): void => {
      const at = spec.companions.indexOf(kind);
      if (at >= 0) context.addIssue({ code: 'custom', path: ['companions', at], message: `${why}; remove ${kind}` });
    };
    if (spec.model.weights === 'none') twin('scratch', 'the run itself starts from random weights');
    if (freezeEpochs === epochs) twin('linear_probe', 'the run itself is a linear probe');
    // Without an epoch there is another fault, which is said already.
    if (epochs >= 1 && freezeEpochs > epochs)
      context.addIssue({
        code: 'custom',
        path: ['schedule', 'freezeEpochs'],
        message: `${freezeEpochs} frozen epochs are more than the ${epochs} epochs of the run; choose ${epochs} (a linear probe) or fewer`,
      });
  });
export type RunSpec = z.infer<typeof runSpec>;
export type Augmentation = z.infer<typeof augmentation>;
export type SchedulerSpec = z.infer<typeof scheduler>;
export type OptimizerSpec = z.infer<typeof optimizer>;
