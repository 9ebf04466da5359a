import type { Evaluation } from '@thaw/contract/evaluation';
import type { EpochRecord } from '@thaw/contract/events';
import type { MetricNumber } from '@thaw/contract/numbers';
import type { SavedModel } from '../checkpoint/readModel.ts';
import type { FormatName } from './exportNames.ts';
import { codeBlock, plain, table } from './markdown.ts';

/** What is known of a model when its card is written. What is not known is said to be so. */
export interface CardFacts {
  saved: SavedModel;
  format: FormatName;
  /** The exported file, by its name alone. */
  file: { name: string; bytes: number; sha256: string };
  /** The run's epochs; null where the checkpoint came without them. */
  epochs: readonly EpochRecord[] | null;
  /** Of this very checkpoint. */
  evaluation: Evaluation | null;
}

/** Rows of the table of epochs; of a longer run some are left out. */
const epochRows = 50;

/** A model card (Mitchell et al. 2019, arXiv:1810.03993) in Markdown, with the front matter that model hubs read. */
export function modelCard(facts: CardFacts): string {
  const { saved, file } = facts;
  const { backbone, classes, spec, epoch, step } = saved;
  const { dataset } = spec.data;
  const sections: [string, string][] = [
    ['Classes', classList(classes)],
    ['Input and output', inputAndOutput(saved)],
    ['How to use it', usage(facts)],
    ['Data', data(saved)],
    ['Recipe', recipe(saved)],
    ['Results', results(facts)],
    ['Limits', limits(saved)],
    ['Licence', licences(saved)],
    ['File', table(['file', 'bytes', 'SHA-256'], [[plain(file.name), String(file.bytes), `\`${file.sha256}\``]])],
  ];
  return [
    // What the model's owner has to decide is left to be filled in.
    ['---', 'pipeline_tag: image-classification', 'tags:', '  - image-classification', `  - ${backbone}`, 'license: other', 'license_name: to-be-stated-by-the-owner', '---'].join('\n'),
    `# ${plain(backbone)}, ${spec.model.weights === 'none' ? 'trained' : 'fine-tuned'} on ${plain(dataset)}`,
    `An image classifier for ${classes.length} classes: a ${plain(backbone)} ${origin(saved)}, trained on the data set ${plain(dataset)}. ` +
      `This is its state after epoch ${epoch} (step ${step}).`,
    ...sections.map(([title, body]) => `## ${title}\n\n${body}`),
    '',
  ].join('\n\n');
}

function origin({ spec }: SavedModel): string {
  const { weights } = spec.model;
  if (weights === 'none') return 'that began with random weights';
  return weights === 'imagenet1k_v1' ? "that began with torchvision's ImageNet weights (IMAGENET1K\\_V1)" : `that began with the weights of run ${plain(weights.run)}, epoch ${weights.epoch}`;
}

const classList = (classes: readonly string[]): string => `By their places in the logits: ${classes.map((name, index) => `${index} ${plain(name)}`).join(', ')}.`;

function inputAndOutput({ classes, transform }: SavedModel): string {
  const { imageSize, mean, std, storedSize } = transform;
  const stored = storedSize ?? { height: imageSize, width: imageSize };
  const rescaled = stored.height === imageSize && stored.width === imageSize ? '' : `, then resized (bilinear) to ${imageSize} x ${imageSize}`;
  return [
    `1. RGB; scaled and centre-cropped to ${stored.width} x ${stored.height} pixels, as the training data were${rescaled}.`,
    `2. Pixels divided by 255, minus the mean [${mean.join(', ')}], divided by the standard deviation [${std.join(', ')}] (by channel).`,
    `3. As float32 [N, 3, ${imageSize}, ${imageSize}]. The output is float32 [N, ${classes.length}]: logits, whose softmax are the probabilities.`,
    '',
    'The file carries these numbers and the class names in its own metadata.',
  ].join('\n');
}

function usage({ saved, format, file: { name: file } }: CardFacts): string {
  const { backbone, classes } = saved;
  const load: Record<FormatName, string> = {
    onnx: `import onnxruntime\nsession = onnxruntime.InferenceSession(${JSON.stringify(file)})\nlogits = session.run(["logits"], {"input": images})[0]`,
    pth: `import torch, torchvision\nmodel = torchvision.models.${backbone}(num_classes=${classes.length})\nmodel.load_state_dict(torch.load(${JSON.stringify(file)}, weights_only=True))\nmodel.eval()`,
    safetensors: `import torchvision\nfrom safetensors.torch import load_file\nmodel = torchvision.models.${backbone}(num_classes=${classes.length})\nmodel.load_state_dict(load_file(${JSON.stringify(file)}))\nmodel.eval()`,
  };
  return `With the \`predict.py\` that comes with an export:\n\n${codeBlock('sh', `python predict.py ${JSON.stringify(file)} picture.jpg`)}\n\nFrom Python:\n\n${codeBlock('python', load[format])}`;
}

function data({ spec }: SavedModel): string {
  const { dataset, trainLimit, testLimit, monitor, valFraction, augmentation } = spec.data;
  const part = (name: string, limit: number | null): string => (limit === null ? `all of its ${name} part` : `the first ${limit} images of its ${name} part, evenly over the classes`);
  const steering =
    monitor === 'test'
      ? 'The learning rate and the best epoch were chosen by the test part.'
      : `The learning rate and the best epoch were chosen by images that were neither trained nor tested on: its val part, or where it has none ${percent(valFraction)} of those for training.`;
  return [
    `The data set ${plain(dataset)}: ${part('train', trainLimit)} for training, ${part('test', testLimit)} for the test.`,
    steering,
    augmentation === null ? 'The training images were taken as they are.' : 'The training images were varied at random (data.augmentation below).',
  ].join(' ');
}

function recipe({ spec }: SavedModel): string {
  return `Trained with Thaw. Every setting of the run:\n\n${table(['setting', 'value'], settings(spec, []))}`;
}

/** The leaves of the spec, each by its path. */
function settings(value: unknown, path: readonly string[]): string[][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value).flatMap(([key, inner]) => settings(inner, [...path, key]));
  return [[plain(path.join('.')), plain(typeof value === 'string' ? value : JSON.stringify(value))]];
}

const percent = (fraction: number | null): string => (fraction === null ? '' : `${(100 * fraction).toFixed(2)} %`);
const decimals = (value: MetricNumber | null): string => (typeof value === 'number' ? value.toFixed(4) : (value ?? ''));

function results({ saved, evaluation, epochs }: CardFacts): string {
  const judged = evaluation === null ? 'This checkpoint came without an evaluation.' : evaluated(evaluation);
  const curve = epochs === null ? 'It came without the curves of its run.' : `The run, epoch by epoch (0: before any training; losses in nats):\n\n${curves(epochs)}`;
  const flipped = saved.spec.evaluation.flip ? 'The accuracies are of the mean logits of each image and its mirror image (test-time flip); the file itself judges an image once.\n\n' : '';
  return `${flipped}${judged}\n\n${curve}`;
}

function evaluated({ evaluated: about, loss, top1, top5, macro, calibration, classes }: Evaluation): string {
  const steered = about.monitor === about.part ? ' The learning rate and the best epoch went by these very images, so the figures are somewhat too good.' : '';
  const figures = [
    ['top-1 accuracy', percent(top1)],
    ...(top5 === null ? [] : [['top-5 accuracy', percent(top5)]]),
    ['loss (cross-entropy, nats)', decimals(loss)],
    ['macro F1', percent(macro.f1)],
    ['expected calibration error', decimals(calibration.ece)],
  ];
  const perClass = classes.map(({ name, support, precision, recall, f1 }) => [plain(name), String(support), percent(precision), percent(recall), percent(f1)]);
  return `On ${about.images} images of the ${about.part} part.${steered}\n\n${table(['figure', 'value'], figures)}\n\n${table(['class', 'images', 'precision', 'recall', 'F1'], perClass)}`;
}

function curves(epochs: readonly EpochRecord[]): string {
  const step = Math.ceil(epochs.length / epochRows);
  const shown = epochs.filter((_, index) => index % step === 0 || index === epochs.length - 1);
  const columns = ['epoch', 'phase', 'learning rate', 'train loss', 'train accuracy', 'val loss', 'val accuracy', 'test loss', 'test accuracy'];
  const rows = shown.map((one) => [
    String(one.epoch),
    one.phase,
    one.learningRate === null ? '' : one.learningRate.toPrecision(3),
    decimals(one.trainLoss),
    percent(one.trainAccuracy),
    decimals(one.valLoss),
    percent(one.valAccuracy),
    decimals(one.testLoss),
    percent(one.testAccuracy),
  ]);
  return `${table(columns, rows)}${step === 1 ? '' : `\n\nOne in ${step} epochs is shown.`}`;
}

function limits({ classes, transform, spec }: SavedModel): string {
  const { storedSize, imageSize } = transform;
  const side = storedSize === undefined ? imageSize : Math.min(storedSize.height, storedSize.width);
  return [
    `- It knows ${classes.length} classes and no others: any picture is given one of them, a picture of something else too.`,
    `- It sees pictures at ${side} x ${side} pixels; finer detail does not reach it, and what is outside the central square is cut off.`,
    `- Its figures are of ${plain(spec.data.dataset)}. On pictures of another kind (camera, light, background) expect lower ones; measure before you rely on it.`,
    '- Its probabilities may be too sure of themselves; see the calibration error above, where it was measured.',
    ...(spec.model.weights === 'none' ? [] : ['- What its first weights had learned, with the biases of the pictures that they had seen, is still in it.']),
    '- It has not been examined for fairness, nor for uses that affect people.',
  ].join('\n');
}

function licences({ spec }: SavedModel): string {
  const { dataset } = spec.data;
  const { weights } = spec.model;
  const data =
    dataset === 'cifar10'
      ? 'No licence is stated by the publishers of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html); they ask to cite Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009'
      : '*to be stated by the owner of the data*';
  const start =
    weights === 'imagenet1k_v1'
      ? "torchvision's code is under BSD-3-Clause; its weights may be bound by the terms of ImageNet, which allow non-commercial research and education"
      : weights === 'none'
        ? 'none: random'
        : '*that of the earlier run*';
  return table(['what', 'licence'], [
    ['this model', '*to be stated by its owner*'],
    [`training data: ${plain(dataset)}`, data],
    [`first weights: ${plain(typeof weights === 'string' ? weights : weights.run)}`, start],
  ]);
}
