import { presets } from '@thaw/contract/presets';
import type { RunSpec } from '@thaw/contract/runSpec';
import { describe, expect, it } from 'vitest';
import { stateEntries } from '../src/model/resnet.ts';
import { averagingFeed } from '../src/train/averaging.ts';
import { groupParameters, keptStages } from '../src/train/parameterGroups.ts';

function specOf(optimizer: Partial<RunSpec['optimizer']>, keepFrozen: RunSpec['schedule']['keepFrozen'] = null): RunSpec {
  const { tutorial } = presets;
  return { ...tutorial, optimizer: { ...tutorial.optimizer, ...optimizer } as RunSpec['optimizer'], schedule: { ...tutorial.schedule, keepFrozen } };
}

const groupsOf = (spec: RunSpec) => {
  const { kept, groups } = groupParameters(spec, stateEntries('resnet18', 10));
  return { kept: kept.size, groups: groups.map(({ part, parameters, layout, rateFactor }) => ({ name: parameters.name, part, size: layout.size, rateFactor })) };
};

// conv1 and bn1: 64*3*49 + 128; a block of layer1: 2*(64*64*9 + 128); layer2: 64*128*9 + 3*128*128*9 + 64*128 + 5*256; and so on.
const sizes = { stem: 9536, layer1: 147_968, layer2: 525_568, layer3: 2_099_712, layer4: 8_393_728, head: 5130 };

describe('the groups that learn', () => {
  it('are the backbone and the head, which learns at its multiple of the rate', () => {
    const { kept, groups } = groupsOf(specOf({ headLearningRateFactor: 5 }));
    expect(kept).toBe(0);
    expect(groups).toEqual([
      { name: 'body', part: 'body', size: 11_176_512, rateFactor: 1 },
      { name: 'head', part: 'head', size: sizes.head, rateFactor: 5 },
    ]);
  });

  it('are one for each stage where every stage learns more slowly than the one above it', () => {
    expect(groupsOf(specOf({ stageLearningRateDecay: 0.5 })).groups).toEqual([
      { name: 'stem', part: 'body', size: sizes.stem, rateFactor: 0.0625 },
      { name: 'layer1', part: 'body', size: sizes.layer1, rateFactor: 0.125 },
      { name: 'layer2', part: 'body', size: sizes.layer2, rateFactor: 0.25 },
      { name: 'layer3', part: 'body', size: sizes.layer3, rateFactor: 0.5 },
      { name: 'layer4', part: 'body', size: sizes.layer4, rateFactor: 1 },
      { name: 'head', part: 'head', size: sizes.head, rateFactor: 1 },
    ]);
  });

  it('leave out what stays frozen for good', () => {
    const layer2 = specOf({}, 'layer2');
    expect(keptStages(layer2)).toBe(3);
    expect(groupsOf(layer2)).toEqual({
      kept: sizes.stem + sizes.layer1 + sizes.layer2,
      groups: [
        { name: 'body', part: 'body', size: sizes.layer3 + sizes.layer4, rateFactor: 1 },
        { name: 'head', part: 'head', size: sizes.head, rateFactor: 1 },
      ],
    });
    expect(groupsOf(specOf({ stageLearningRateDecay: 0.5 }, 'layer3')).groups.map(({ name, rateFactor }) => [name, rateFactor])).toEqual([['layer4', 1], ['head', 1]]);
  });
});

describe('the share of a new value in a moving average', () => {
  it('is 1 - decay in the end, and larger over the first steps', () => {
    expect(averagingFeed({ decay: 0.9 }, 1)[0]).toBeCloseTo(9 / 11, 6);
    expect(averagingFeed({ decay: 0.9 }, 71)[0]).toBeCloseTo(9 / 81, 6);
    expect(averagingFeed({ decay: 0.9 }, 81)[0]).toBeCloseTo(0.1, 6);
    expect(averagingFeed({ decay: 0.9 }, 10_000)[0]).toBeCloseTo(0.1, 6);
  });
});
