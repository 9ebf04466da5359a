import { describe, expect, it } from 'vitest';
import { optimizerDefaults, presets } from '../src/presets.ts';
import { describeFaults, resolveSpec } from '../src/resolveSpec.ts';
import { presetName, runSpec } from '../src/runSpec.ts';

const specOf = (request: unknown) => {
  const resolved = resolveSpec(request);
  if (!resolved.ok) throw new Error(describeFaults(resolved.faults));
  return resolved.spec;
};
const faultsOf = (request: unknown) => {
  const resolved = resolveSpec(request);
  return resolved.ok ? [] : resolved.faults.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('resolveSpec', () => {
  it('takes the tutorial where nothing is asked for', () => {
    expect(specOf({})).toEqual(presets.tutorial);
  });

  it.each(presetName.options)('gives %s back unchanged, also after a round trip through JSON', (preset) => {
    const spec = specOf({ preset });
    expect(spec).toEqual(presets[preset]);
    expect(runSpec.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
    expect(specOf(spec)).toEqual(spec);
  });

  it('lays the request upon the preset field by field', () => {
    const spec = specOf({ preset: 'quick', data: { augmentation: { flip: 0 }, trainLimit: 100 }, schedule: { epochs: 3 } });
    expect(spec.data.augmentation).toEqual({ ...presets.quick.data.augmentation, flip: 0 });
    expect(spec.data.trainLimit).toBe(100);
    expect(spec.schedule).toEqual({ ...presets.quick.schedule, epochs: 3 });
  });

  it('switches augmentation off with null, and single operations too', () => {
    expect(specOf({ data: { augmentation: null } }).data.augmentation).toBeNull();
    expect(specOf({ data: { augmentation: { crop: null } } }).data.augmentation?.crop).toBeNull();
  });

  it("fills a scheduler of another type with that type's own defaults", () => {
    expect(specOf({ scheduler: { type: 'cosine' } }).scheduler).toEqual({ type: 'cosine', minLearningRate: 0 });
    expect(specOf({ scheduler: { patience: 5 } }).scheduler).toEqual({ ...presets.tutorial.scheduler, patience: 5 });
  });

  it("fills an optimiser of another type with that type's own defaults", () => {
    expect(specOf({ optimizer: { type: 'sgd', learningRate: 0.1 } }).optimizer).toEqual({ ...optimizerDefaults.sgd, learningRate: 0.1 });
    expect(specOf({ optimizer: { learningRate: 0.1 } }).optimizer).toEqual({ ...presets.tutorial.optimizer, learningRate: 0.1 });
    expect(faultsOf({ optimizer: { type: 'sgd', beta1: 0.9 } }).join()).toMatch(/optimizer\.beta1: unknown field/);
  });

  it('keeps a reference to the checkpoint of an earlier run', () => {
    expect(specOf({ model: { weights: { run: 'run_1', epoch: 3 } } }).model.weights).toEqual({ run: 'run_1', epoch: 3 });
  });

  it.each([
    [{ preset: 'fast' }, /^preset: unknown preset "fast"; choose one of tutorial/],
    [{ schedule: { epoch: 3 } }, /^schedule\.epoch: unknown field "epoch"/],
    [{ colour: 1 }, /^colour: unknown field/],
    [{ optimizer: { learningRate: -1 } }, /^optimizer\.learningRate: /],
    [{ schedule: { epochs: 0 } }, /^schedule\.epochs: /],
    [{ schedule: { epochs: 3, freezeEpochs: 4 } }, /^schedule\.freezeEpochs: 4 frozen epochs are more than the 3/],
    [{ scheduler: { type: 'magic' } }, /^scheduler\.type: /],
    [{ data: { batchSize: 1 } }, /^data\.batchSize: /],
    [{ schedule: { epochs: 1e9 } }, /^schedule\.epochs: /],
    [{ data: { augmentation: { erasing: { probability: 0.5, scale: [0.4, 0.2], ratio: [0.3, 3.3] } } } }, /^data\.augmentation\.erasing\.scale: the first number must not be above/],
    [[], /a run spec is a JSON object/],
    ['tutorial', /a run spec is a JSON object/],
  ])('refuses %j and names the field', (request, fault) => {
    expect(faultsOf(request).join('\n')).toMatch(fault);
  });

  it('says one thing of a run without epochs', () => {
    expect(faultsOf({ schedule: { epochs: 0 } })).toHaveLength(1);
  });

  it('allows as many frozen epochs as epochs: a linear probe', () => {
    expect(specOf({ schedule: { epochs: 3, freezeEpochs: 3 } }).schedule.freezeEpochs).toBe(3);
  });

  it('does not let a request reach into prototypes', () => {
    expect(faultsOf(JSON.parse('{"__proto__": {"epochs": 3}}')).join()).toMatch(/^__proto__: unknown field/);
    expect(({} as Record<string, unknown>)['epochs']).toBeUndefined();
  });
});
