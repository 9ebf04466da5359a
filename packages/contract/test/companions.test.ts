import { describe, expect, it } from 'vitest';
import { companionSpecs } from '../src/companions.ts';
import { completeSpec } from '../src/completeSpec.ts';
import { presets } from '../src/presets.ts';
import { resolveSpec } from '../src/resolveSpec.ts';
import { presetName, runSpec, type RunSpec } from '../src/runSpec.ts';

const specOf = (request: object): RunSpec => {
  const resolved = resolveSpec(request);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults));
  return resolved.spec;
};

describe('the companions of a spec', () => {
  it('are none where none are asked for, as in every preset and in specs stored before there were any', () => {
    for (const name of presetName.options) expect(companionSpecs(presets[name])).toEqual([]);
    const { companions, ...older } = presets.quick;
    expect(companions).toEqual([]);
    expect(completeSpec(older as RunSpec)).toEqual(presets.quick);
  });

  it('differ from the run in what they are for, and in nothing else', () => {
    const spec = specOf({ preset: 'quick', seed: 7, data: { trainLimit: 500 }, companions: ['scratch', 'untuned', 'linear_probe'] });
    const alone = { ...spec, companions: [] };
    // Always in this order; the untuned one is the run's own epoch 0.
    expect(companionSpecs(spec)).toEqual([
      { kind: 'linear_probe', spec: { ...alone, schedule: { ...spec.schedule, freezeEpochs: 6 } } },
      { kind: 'scratch', spec: { ...alone, model: { ...spec.model, weights: 'none' }, schedule: { ...spec.schedule, freezeEpochs: 0 } } },
    ]);
    for (const companion of companionSpecs(spec)) expect(runSpec.parse(companion.spec)).toEqual(companion.spec);
    expect(companionSpecs({ ...spec, companions: ['untuned'] })).toEqual([]);
  });

  it('are not held back from scratch by what protects pretrained weights', () => {
    const schedule = { keepFrozen: 'layer2', frozenBatchNorm: 'eval_always' };
    const [scratch] = companionSpecs(specOf({ schedule, optimizer: { stageLearningRateDecay: 0.5, headLearningRateFactor: 3 }, companions: ['scratch'] }));
    expect(scratch?.spec.schedule).toMatchObject({ freezeEpochs: 0, keepFrozen: null, frozenBatchNorm: 'train', epochs: 40 });
    expect(scratch?.spec.optimizer).toMatchObject({ stageLearningRateDecay: 1, headLearningRateFactor: 3, learningRate: 1e-3 });
  });

  it.each([
    [{ preset: 'scratch', companions: ['untuned', 'scratch'] }, 'companions.1', 'the run itself starts from random weights; remove scratch'],
    [{ schedule: { epochs: 3, freezeEpochs: 3 }, companions: ['linear_probe'] }, 'companions.0', 'the run itself is a linear probe; remove linear_probe'],
    [{ companions: ['scratch', 'scratch'] }, 'companions', 'each companion can be asked for once'],
    [{ companions: ['tuned'] }, 'companions.0', 'untuned'],
    [{ companions: null }, 'companions', 'array'],
  ])('are refused where they make no sense: %j', (request, path, message) => {
    const resolved = resolveSpec(request);
    if (resolved.ok) throw new Error('it is taken');
    expect(resolved.faults.map((fault) => fault.path.join('.'))).toEqual([path]);
    expect(resolved.faults[0]?.message).toContain(message);
  });
});
