import { backbones } from '@thaw/contract/backbones';
import type { EventOf } from '@thaw/contract/events';
import type { Run } from '@thaw/contract/runs';
import { formatCount, formatRate } from './formatNumbers.ts';

/** What a run starts from, in words. */
export function describeWeights(weights: Run['spec']['model']['weights']): { start: string; words: string } {
  if (weights === 'none') return { start: 'random weights, not trained', words: 'random weights' };
  if (weights === 'imagenet1k_v1') return { start: 'pretrained, not fine-tuned', words: 'ImageNet weights' };
  return { start: 'as it was, not fine-tuned', words: `the weights of epoch ${weights.epoch} of run ${weights.run}` };
}

/** The run that is about to start. */
export function announceRun({ id, spec }: Run): string {
  const { epochs, freezeEpochs } = spec.schedule;
  const frozen = freezeEpochs === 0 ? 'nothing frozen' : freezeEpochs === epochs ? 'all with a frozen backbone' : `the first ${freezeEpochs} with a frozen backbone`;
  return `run ${id}: preset ${spec.preset}, ${backbones[spec.model.backbone].title} from ${describeWeights(spec.model.weights).words}, ${epochs} epoch${epochs === 1 ? '' : 's'}, ${frozen}`;
}

/** A worker has begun, or gone on. */
export function announceStart({ device, engine, images, stepsPerEpoch, resumedFromStep }: EventOf<'started'>, attempt: number): string {
  const parts = (['train', 'val', 'test'] as const).filter((part) => images[part] > 0).map((part) => `${formatCount(images[part])} ${part}`);
  const again = attempt === 1 ? '' : `attempt ${attempt} ${resumedFromStep === null ? 'begins anew' : `goes on after step ${formatCount(resumedFromStep)}`}: `;
  return `${again}${engine} on ${device.type} (${device.name}), ${parts.join(' + ')} images, ${formatCount(stepsPerEpoch)} steps an epoch`;
}

export function announcePhase({ phase, epoch, learningRate, trainableParameters, frozenParameters }: EventOf<'phase'>): string {
  return `phase ${phase} from epoch ${epoch}: ${formatCount(trainableParameters)} parameters train, ${formatCount(frozenParameters)} are frozen, learning rate ${formatRate(learningRate)}`;
}

/** Why the run that was wished for cannot be, what can be done, and what runs instead. */
export const noWeightsNotice: readonly string[] = [
  'There are no ImageNet weights on this machine, so nothing can be fine-tuned. Either',
  '  - let this machine reach download.pytorch.org (torchvision\'s resnet18-f37072fd.pth is fetched at the next start), or',
  '  - get such a file (.pth or .safetensors) and start with THAW_RESNET18_WEIGHTS=<file>.',
  'Until then this runs the recipe "scratch": the same network from random weights, which learns more slowly.',
];
