import { backbone, backbones } from '@thaw/contract/backbones';
import { noAugmentation, optimizerDefaults, presets, schedulerDefaults } from '@thaw/contract/presets';
import type { ChoiceName, FieldName } from './fieldName.ts';

/** What can be set of a recipe. `name` is a path in it and that of its label; where the two differ, `path` is the former. */
export type FieldRow =
  /** Empty means null where it is `nullable`. */
  | { kind: 'number'; name: FieldName; nullable?: true }
  | { kind: 'numbers'; name: FieldName; count: number }
  | { kind: 'check'; name: FieldName }
  /** One of a few words; `none` means null. */
  | { kind: 'choice'; name: FieldName; options: readonly Option[]; none?: string }
  /** A part that is null as long as it is off. */
  | { kind: 'switch'; name: FieldName; path: string; on: object; rows: readonly FieldRow[] }
  /** One of several kinds, each with rows of its own. */
  | { kind: 'union'; name: FieldName; path: string; kindOf: (value: unknown) => string; kinds: readonly UnionKind[] }
  /** An earlier run whose weights are taken. */
  | { kind: 'run'; name: FieldName };

/** `label`: a name that is the same in every language. */
export type Option = { value: string; word: ChoiceName } | { value: string; label: string };
export type UnionKind = Option & { make: () => unknown; rows: readonly FieldRow[] };

const number = (name: FieldName): FieldRow => ({ kind: 'number', name });
const typeOf = (value: unknown): string => String((value as { type?: unknown } | null | undefined)?.type);
const wordOr = (other: string) => (value: unknown): string => (typeof value === 'string' ? value : other);

const adamRows = [number('optimizer.weightDecay'), number('optimizer.headLearningRateFactor'), number('optimizer.stageLearningRateDecay'), number('optimizer.beta1'), number('optimizer.beta2'), number('optimizer.epsilon')];
const sgdRows: FieldRow[] = [number('optimizer.weightDecay'), number('optimizer.headLearningRateFactor'), number('optimizer.stageLearningRateDecay'), number('optimizer.momentum'), { kind: 'check', name: 'optimizer.nesterov' }];

/** What has a place of its own on the page. */
export const otherFields: readonly string[] = ['preset', 'data.dataset', 'data.trainLimit', 'data.testLimit', 'data.imageSize', 'data.batchSize', 'schedule.epochs', 'schedule.freezeEpochs', 'optimizer.learningRate', 'schedule.unfreezeLearningRate', 'companions'];

const augmentationRows: readonly FieldRow[] = [
  number('data.augmentation.flip'),
  number('data.augmentation.rotation'),
  { kind: 'switch', name: 'data.augmentation.crop.on', path: 'data.augmentation.crop', on: { padding: 4 }, rows: [number('data.augmentation.crop.padding')] },
  {
    kind: 'switch',
    name: 'data.augmentation.colorJitter.on',
    path: 'data.augmentation.colorJitter',
    on: { brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1 },
    rows: [number('data.augmentation.colorJitter.brightness'), number('data.augmentation.colorJitter.contrast'), number('data.augmentation.colorJitter.saturation'), number('data.augmentation.colorJitter.hue')],
  },
  {
    kind: 'switch',
    name: 'data.augmentation.erasing.on',
    path: 'data.augmentation.erasing',
    // torchvision's defaults.
    on: { probability: 0.5, scale: [0.02, 0.33], ratio: [0.3, 3.3] },
    rows: [number('data.augmentation.erasing.probability'), { kind: 'numbers', name: 'data.augmentation.erasing.scale', count: 2 }, { kind: 'numbers', name: 'data.augmentation.erasing.ratio', count: 2 }],
  },
  { kind: 'switch', name: 'data.augmentation.cutout.on', path: 'data.augmentation.cutout', on: { size: 8 }, rows: [number('data.augmentation.cutout.size')] },
  { kind: 'switch', name: 'data.augmentation.mixup.on', path: 'data.augmentation.mixup', on: { alpha: 0.2 }, rows: [number('data.augmentation.mixup.alpha')] },
];

/** What is seldom changed, each group folded away. */
export const advancedGroups = {
  model: [
    { kind: 'choice', name: 'model.backbone', options: backbone.options.map((value) => ({ value, label: backbones[value].title })) },
    {
      kind: 'union',
      name: 'model.weights.kind',
      path: 'model.weights',
      kindOf: wordOr('run'),
      kinds: [
        { value: 'imagenet1k_v1', word: 'model.weights.imagenet1k_v1', make: () => 'imagenet1k_v1', rows: [] },
        { value: 'none', word: 'model.weights.none', make: () => 'none', rows: [] },
        { value: 'run', word: 'model.weights.run', make: () => ({ run: '', epoch: 1 }), rows: [{ kind: 'run', name: 'model.weights.run' }, number('model.weights.epoch')] },
      ],
    },
    { kind: 'choice', name: 'schedule.keepFrozen', none: 'none', options: (['none', 'stem', 'layer1', 'layer2', 'layer3'] as const).map((value) => ({ value, word: `schedule.keepFrozen.${value}` })) },
    { kind: 'choice', name: 'schedule.frozenBatchNorm', options: (['train', 'eval', 'eval_always'] as const).map((value) => ({ value, word: `schedule.frozenBatchNorm.${value}` })) },
  ],
  optimizer: [
    {
      kind: 'union',
      name: 'optimizer.type',
      path: 'optimizer',
      kindOf: typeOf,
      kinds: [
        { value: 'adam', label: 'Adam', make: () => optimizerDefaults.adam, rows: adamRows },
        { value: 'adamw', label: 'AdamW', make: () => optimizerDefaults.adamw, rows: adamRows },
        { value: 'sgd', label: 'SGD', make: () => optimizerDefaults.sgd, rows: sgdRows },
      ],
    },
  ],
  scheduler: [
    {
      kind: 'union',
      name: 'scheduler.type',
      path: 'scheduler',
      kindOf: typeOf,
      kinds: [
        {
          value: 'reduce_on_plateau',
          word: 'scheduler.reduce_on_plateau',
          make: () => schedulerDefaults.reduce_on_plateau,
          rows: [number('scheduler.factor'), number('scheduler.patience'), number('scheduler.threshold'), number('scheduler.cooldown'), number('scheduler.minLearningRate'), number('scheduler.epsilon')],
        },
        { value: 'cosine', word: 'scheduler.cosine', make: () => schedulerDefaults.cosine, rows: [number('scheduler.minLearningRate')] },
        { value: 'step', word: 'scheduler.step', make: () => schedulerDefaults.step, rows: [number('scheduler.stepSize'), number('scheduler.gamma')] },
        { value: 'one_cycle', word: 'scheduler.one_cycle', make: () => schedulerDefaults.one_cycle, rows: [number('scheduler.warmupFraction'), number('scheduler.divFactor'), number('scheduler.finalDivFactor')] },
        { value: 'constant', word: 'scheduler.constant', make: () => schedulerDefaults.constant, rows: [] },
      ],
    },
    number('schedule.warmupSteps'),
  ],
  augmentation: [
    {
      kind: 'union',
      name: 'data.normalization.kind',
      path: 'data.normalization',
      kindOf: wordOr('numbers'),
      kinds: [
        { value: 'imagenet', word: 'data.normalization.imagenet', make: () => 'imagenet', rows: [] },
        { value: 'dataset', word: 'data.normalization.dataset', make: () => 'dataset', rows: [] },
        {
          value: 'numbers',
          word: 'data.normalization.numbers',
          make: () => presets.tutorial.data.normalization,
          rows: [{ kind: 'numbers', name: 'data.normalization.mean', count: 3 }, { kind: 'numbers', name: 'data.normalization.std', count: 3 }],
        },
      ],
    },
    { kind: 'check', name: 'data.shuffle' },
    { kind: 'switch', name: 'data.augmentation.on', path: 'data.augmentation', on: { ...noAugmentation, flip: 0.5 }, rows: augmentationRows },
  ],
  regularisation: [
    number('loss.labelSmoothing'),
    { kind: 'number', name: 'optimizer.clipNorm', nullable: true },
    { kind: 'switch', name: 'ema.on', path: 'ema', on: { decay: 0.999 }, rows: [number('ema.decay')] },
  ],
  judging: [
    {
      kind: 'union',
      name: 'data.monitor',
      path: 'data.monitor',
      kindOf: String,
      kinds: [
        { value: 'val', word: 'data.monitor.val', make: () => 'val', rows: [number('data.valFraction')] },
        { value: 'test', word: 'data.monitor.test', make: () => 'test', rows: [] },
      ],
    },
    { kind: 'check', name: 'evaluation.flip' },
    { kind: 'switch', name: 'earlyStopping.on', path: 'earlyStopping', on: { patience: 5, minDelta: 0 }, rows: [number('earlyStopping.patience'), number('earlyStopping.minDelta')] },
  ],
  rest: [number('checkpointEvery'), number('seed')],
} as const satisfies Record<string, readonly FieldRow[]>;
