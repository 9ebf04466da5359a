import type { OptimizerSpec, RunSpec } from '@thaw/contract/runSpec';
import { FlatLayout } from '../model/layout.ts';
import { stageOf, stages, type Entry } from '../model/resnet.ts';
import { ParameterGroup } from './optimizer.ts';

/** The backbone without its head, and the head (torchvision's fc). */
export type NetworkPart = 'body' | 'head';

/** Parameters that learn at one rate, in one vector. */
export interface LearningGroup {
  part: NetworkPart;
  parameters: ParameterGroup;
  layout: FlatLayout;
  /** What the learning rate is multiplied with. */
  rateFactor: number;
}

/** How many of the backbone's stages never learn. */
export const keptStages = ({ schedule: { keepFrozen } }: RunSpec): number => (keepFrozen === null ? 0 : stages.indexOf(keepFrozen) + 1);

const isBackbone = ({ role }: Entry): boolean => role === 'convolution' || role === 'scale' || role === 'offset';

/**
 * The parameters of a network by how they learn: those of stages that stay frozen for good, and the groups, the head last. The
 * backbone is one group, or one for each stage where their rates differ.
 */
export function groupParameters(spec: RunSpec, entries: readonly Entry[]): { kept: FlatLayout; groups: LearningGroup[] } {
  const { optimizer } = spec;
  const first = keptStages(spec);
  const backbone = entries.filter(isBackbone);
  const group = (part: NetworkPart, name: string, of: readonly Entry[], rateFactor: number): LearningGroup => {
    const layout = new FlatLayout(of);
    return { part, parameters: new ParameterGroup(name, layout.size, optimizer.type), layout, rateFactor };
  };
  const learning = backbone.filter(({ name }) => stageOf(name) >= first);
  const bodies =
    optimizer.stageLearningRateDecay === 1
      ? [group('body', 'body', learning, 1)]
      : stages.slice(first).map((name, index) => {
          const stage = first + index;
          return group('body', name, learning.filter((entry) => stageOf(entry.name) === stage), stageRate(optimizer, stage));
        });
  const head = group('head', 'head', entries.filter(({ role }) => role === 'head'), optimizer.headLearningRateFactor);
  return { kept: new FlatLayout(backbone.filter(({ name }) => stageOf(name) < first)), groups: [...bodies, head] };
}

const stageRate = ({ stageLearningRateDecay }: OptimizerSpec, stage: number): number => stageLearningRateDecay ** (stages.length - 1 - stage);
