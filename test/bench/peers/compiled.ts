import { presets } from '@thaw/contract/presets';
import { Rng } from '@thaw/gpu-worker/data/random';
import { initialState } from '@thaw/gpu-worker/model/initialise';
import { stateEntries } from '@thaw/gpu-worker/model/resnet';
import { evaluateStepName, Network, trainStepName, type TrainingPhase } from '@thaw/gpu-worker/train/network';
import { loadModel } from '@thaw/gpu-worker/train/networkState';
import { updateFeed } from '@thaw/gpu-worker/train/optimizer';
import { answer, batchSize, makeBatch } from './answer.ts';

// The trainer's own compiled steps, without augmentation, as the other peers have none.
const spec = { ...presets.tutorial, data: { ...presets.tutorial.data, augmentation: null } };
const { normalization } = spec.data;
if (typeof normalization === 'string') throw new Error('the tutorial gives its normalisation in numbers');
const network = new Network({ spec, classes: 10, storedSize: { height: 32, width: 32 }, normalization, batchSizes: [batchSize] });
loadModel(network, initialState(stateEntries('resnet18', 10), new Rng(0)));
const { images, labels } = makeBatch();
let count = 0;
const train = (phase: TrainingPhase) => () => {
  count += 1;
  const feed = Float32Array.from(updateFeed(spec.optimizer, 1e-3, count));
  network.program.run(trainStepName(phase, batchSize), { images, labels, 'update/head': feed, 'update/body': feed });
};
answer({ full: train('full'), frozen: train('frozen'), evaluate: () => void network.program.run(evaluateStepName, { images }) });
