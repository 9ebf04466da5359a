import type { Evaluation } from '@thaw/contract/evaluation';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { readModel, type SavedModel } from '../checkpoint/readModel.ts';
import { openData, type DataFolder } from '../data/openData.ts';
import { choosePanel, firstOfEachClass, type Part } from '../data/parts.ts';
import { checkDevice, type DeviceWish } from '../engine/device.ts';
import { soundsOutOfMemory } from '../outOfMemory.ts';
import { TrainingError } from '../trainingError.ts';
import { evaluate, judgePanel } from './evaluate.ts';
import { Network } from './network.ts';
import { loadModel } from './networkState.ts';

export interface EvaluationOrder {
  /** A checkpoint's model.safetensors. */
  checkpoint: string;
  /** Folder of packs or of CIFAR-10 binary files; its test part is evaluated. */
  data: string;
  /** Images at a time; the figures do not depend on it. */
  batchSize: number;
  /** The first n/classes images of each class, as data.testLimit of a run; null: all. */
  testLimit: number | null;
  device: DeviceWish;
}

/**
 * Evaluates a checkpoint on the test part of a folder.
 *
 * @throws TrainingError for wrong inputs, and where there is too little memory
 */
export async function evaluateFolder(order: EvaluationOrder): Promise<Evaluation> {
  checkDevice(order.device);
  const model = readModel(order.checkpoint);
  const data = openData(order.data);
  try {
    checkClasses(model.classes, data.classes, order);
    const part = choosePart(data, order.testLimit);
    const hash = await sha256OfFile(order.checkpoint);
    return evaluateOn(part, model, hash, order.batchSize);
  } catch (error) {
    if (!(error instanceof Error) || !soundsOutOfMemory(error.message)) throw error;
    const smaller = order.batchSize > 1 ? `try --batch-size ${order.batchSize >> 1}` : 'free some memory, or use a larger machine';
    throw new TrainingError('out_of_memory', `the device has too little memory to evaluate ${order.batchSize} images of ${model.transform.imageSize} pixels at a time; ${smaller}`, { cause: error });
  } finally {
    data.close();
  }
}

function evaluateOn(part: Part, { spec, transform, classes, epoch, step, state }: SavedModel, checkpoint: string, batchSize: number): Evaluation {
  // Without sizes of training batches only the evaluating step is compiled.
  const network = new Network({
    spec: { ...spec, data: { ...spec.data, imageSize: transform.imageSize, batchSize } },
    classes: classes.length,
    storedSize: part.source,
    normalization: transform,
    batchSizes: [],
  });
  try {
    loadModel(network, state);
    return {
      format: 'thaw-evaluation-1',
      evaluated: { part: 'test', images: part.indices.length, epoch, step, checkpoint, monitor: spec.data.monitor },
      ...evaluate(network, part, batchSize).figures(classes),
      panel: [{ epoch, images: judgePanel(network, part, choosePanel(part), batchSize) }],
    };
  } finally {
    network.program.close();
  }
}

function choosePart({ test, classes }: DataFolder, limit: number | null): Part {
  const indices = firstOfEachClass(test.labels, limit, classes.length);
  if (indices.length === 0) throw new TrainingError('invalid_data', `a test limit of ${limit} is less than an image for each of the ${classes.length} classes; raise it`);
  return { source: test, indices };
}

/** Labels are positions in the list of classes: another list, or another order, would give figures that mean nothing. */
function checkClasses(own: readonly string[], given: readonly string[], { checkpoint, data }: EvaluationOrder): void {
  if (own.length === given.length && own.every((name, index) => name === given[index])) return;
  const sameNames = own.length === given.length && own.every((name) => given.includes(name));
  throw new TrainingError(
    'invalid_data',
    `the checkpoint ${checkpoint} and the data ${data} have ${sameNames ? 'the same classes in another order' : 'different classes'}: ${listed(own)} and ${listed(given)}; name data with the checkpoint's classes`,
  );
}

const namesShown = 20;
const listed = (names: readonly string[]): string =>
  `[${names.slice(0, namesShown).join(', ')}${names.length > namesShown ? `, and ${names.length - namesShown} more` : ''}]`;
