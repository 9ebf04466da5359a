import { optimizerDefaults, presets, schedulerDefaults } from '@thaw/contract/presets';
import { changeSpec } from '@thaw/contract/resolveSpec';
import { runSpec, type RunSpec } from '@thaw/contract/runSpec';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { curlCommand } from '../src/newRun/curlCommand.ts';
import { described, descriptionOf } from '../src/newRun/description.ts';
import { draftOf, getIn, orderOf, setIn, type Draft } from '../src/newRun/draft.ts';
import { allPaths, countChanges, isFaultOf } from '../src/newRun/fieldPaths.ts';
import { advancedGroups } from '../src/newRun/recipeFields.ts';
import { estimateSeconds } from '../src/newRun/estimateSeconds.ts';
import { stepsPerEpoch, trainingImages } from '../src/newRun/trainingSteps.ts';

/** A spec with changes, as the API makes it. */
function changed(spec: RunSpec, changes: object): RunSpec {
  const resolved = changeSpec(spec, { ...changes });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults));
  return resolved.spec;
}

const { tutorial, quick, scratch, recommended } = presets;
const jitter = { brightness: 0, contrast: 0.4, saturation: 0, hue: 0.02 };
const erasing = { probability: 0.3, scale: [0.1, 0.2], ratio: [0.5, 2] };
/** Recipes that differ from their presets in every way that there is. */
const recipes: Record<string, RunSpec> = {
  tutorial,
  quick,
  scratch,
  recommended,
  'another data set, and limits off': changed(quick, { data: { dataset: 'ds_1', trainLimit: null, testLimit: null, shuffle: false } }),
  'the weights of a run': changed(tutorial, { model: { weights: { run: 'run_1', epoch: 3 }, backbone: 'resnet34' } }),
  'no augmentation': changed(tutorial, { data: { augmentation: null } }),
  'every augmentation': changed(recommended, { data: { augmentation: { crop: null, colorJitter: jitter, erasing, cutout: { size: 5 }, mixup: { alpha: 1 } } } }),
  'numbers of its own for the normalisation': changed(recommended, { data: { normalization: { mean: [0.1, 0.2, 0.3], std: [1, 2, 3] } } }),
  'another normalisation': changed(tutorial, { data: { normalization: 'dataset' } }),
  'another optimiser with its defaults': changed(tutorial, { optimizer: { type: 'sgd' } }),
  'another optimiser': changed(recommended, { optimizer: { type: 'sgd', momentum: 0, nesterov: true, clipNorm: 1 } }),
  'the same optimiser': changed(recommended, { optimizer: { beta1: 0.8, headLearningRateFactor: 1 } }),
  'another scheduler with its defaults': changed(recommended, { scheduler: { type: 'reduce_on_plateau' } }),
  'another scheduler': changed(tutorial, { scheduler: { type: 'one_cycle', divFactor: 3 } }),
  'all the rest': changed(scratch, { ema: { decay: 0.9 }, earlyStopping: { patience: 0, minDelta: 0.1 }, evaluation: { flip: true }, companions: ['untuned'], seed: 7, checkpointEvery: 2, loss: { labelSmoothing: 0.2 } }),
};

describe.each(Object.entries(recipes))('a draft of %s', (_, spec) => {
  it('is ordered as what it is, also as a copy of itself, without a word more', () => {
    expect(orderOf(draftOf(spec), null).resolved).toEqual({ ok: true, spec });
    expect(orderOf(draftOf(spec), { id: 'run_2', spec })).toEqual({ path: '/v1/runs/run_2/clone', body: {}, resolved: { ok: true, spec } });
  });

  it('becomes any other recipe of its preset by changes alone', () => {
    for (const other of Object.values(recipes).filter(({ preset }) => preset === spec.preset))
      expect(orderOf(draftOf(other), { id: 'run_2', spec }).resolved).toEqual({ ok: true, spec: other });
  });
});

describe('a draft', () => {
  it('takes numbers of lists, and leaves the one before as it was', () => {
    const draft = draftOf(tutorial);
    const next = setIn(draft, ['data', 'normalization', 'mean', '1'], 0.5);
    expect(getIn(next, ['data', 'normalization', 'mean'])).toEqual([0.4914, 0.5, 0.4465]);
    expect(getIn(draft, ['data', 'normalization', 'mean', '1'])).toBe(0.4822);
  });

  it('says the shortest request', () => {
    const typed = setIn(setIn(draftOf(quick), ['schedule', 'epochs'], 7), ['optimizer'], { ...optimizerDefaults.sgd, momentum: 0.5 });
    expect(orderOf(typed, null).body).toEqual({ preset: 'quick', schedule: { epochs: 7 }, optimizer: { type: 'sgd', momentum: 0.5 } });
  });

  it('is refused where nonsense is typed, at its field', () => {
    const wrong = setIn(setIn(draftOf(quick), ['seed'], 'abc'), ['data', 'augmentation', 'erasing'], { ...erasing, scale: [0.5, 0.1] });
    const { resolved } = orderOf(wrong, null);
    const faults = resolved.ok ? [] : resolved.faults;
    expect(faults.map(({ path }) => path.join('.'))).toEqual(['data.augmentation.erasing.scale', 'seed']);
    for (const fault of faults) expect(isFaultOf(allPaths, fault)).toBe(true);
  });
});

describe('the fields of the page', () => {
  /** The paths of all that a recipe holds, in each of the kinds that there are. */
  function leaves(schema: z.core.JSONSchema.BaseSchema, path = ''): string[] {
    const kinds = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])] as z.core.JSONSchema.BaseSchema[];
    if (kinds.length > 0) return kinds.flatMap((kind) => leaves(kind, path));
    if (schema.properties !== undefined) return Object.entries(schema.properties).flatMap(([key, value]) => leaves(value as z.core.JSONSchema.BaseSchema, path === '' ? key : `${path}.${key}`));
    return schema.type === 'null' || path.endsWith('.type') ? [] : [path];
  }

  it('are all that the contract has', () => {
    const known = leaves(z.toJSONSchema(runSpec));
    expect(known.length).toBeGreaterThan(60);
    expect([...new Set(known)].filter((path) => !allPaths.includes(path))).toEqual([]);
  });

  it('name nothing that the contract does not have', () => {
    const known = leaves(z.toJSONSchema(runSpec));
    expect(allPaths.filter((path) => !known.some((one) => one === path || one.startsWith(`${path}.`)))).toEqual([]);
  });

  it('count what has been changed, a part of another kind once', () => {
    const base = draftOf(tutorial);
    const count = (group: keyof typeof advancedGroups, draft: Draft) => countChanges(advancedGroups[group], draft, base);
    expect(count('augmentation', base)).toBe(0);
    expect(count('augmentation', draftOf(recipes['every augmentation'] as RunSpec))).toBe(10);
    expect(count('augmentation', draftOf(recipes['no augmentation'] as RunSpec))).toBe(1);
    expect(count('scheduler', setIn(base, ['scheduler'], schedulerDefaults.step))).toBe(1);
    expect(count('scheduler', setIn(base, ['scheduler', 'patience'], 3))).toBe(1);
  });
});

describe('the call to copy', () => {
  it('is what a shell sends', () => {
    const body = { name: `it's "new" $HOME \`x\` \\`, schedule: { epochs: 7 } };
    const shell = `curl() { printf '%s\\0' "$@"; }\nKEY=secret\n${curlCommand('http://localhost:3000/api/v1/runs', body)}`;
    const words = execFileSync('sh', ['-c', shell], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(words).toEqual(['-H', 'Authorization: Bearer secret', '-H', 'Content-Type: application/json', '-d', expect.anything(), 'http://localhost:3000/api/v1/runs']);
    expect(JSON.parse(words[5] ?? '')).toEqual(body);
  });
});

describe('the steps of an epoch', () => {
  const cifar = { classes: Array.from({ length: 10 }, (_, i) => ({ name: String(i), count: 6000 })), splits: [{ split: 'train', images: 50_000 }, { split: 'test', images: 10_000 }] as const };

  it('are those of the trainer', () => {
    const with_ = (data: object): RunSpec => changed(tutorial, { data });
    expect(stepsPerEpoch(tutorial, { ...cifar, splits: [...cifar.splits] })).toBe(782);
    // 400 images, 40 of them held out; the last batch has 40.
    expect(stepsPerEpoch(with_({ monitor: 'val', trainLimit: 405 }), { ...cifar, splits: [...cifar.splits] })).toBe(6);
    // A last image alone goes with the batch before it.
    expect(stepsPerEpoch(with_({ batchSize: 3, trainLimit: 10 }), { ...cifar, splits: [...cifar.splits] })).toBe(3);
    expect(trainingImages(with_({ monitor: 'val' }), { ...cifar, splits: [...cifar.splits, { split: 'val', images: 10 }] })).toBe(50_000);
  });

  it('tell how long it takes, by the speed of a run like it', () => {
    const measured = { spec: quick, result: { best: null, bestTest: null, seconds: 90 }, lastEpoch: { epoch: 6 }, stepsPerEpoch: 71 } as Parameters<typeof estimateSeconds>[2][number];
    const twice = changed(quick, { schedule: { epochs: 12 } });
    expect(estimateSeconds(twice, { ...cifar, splits: [...cifar.splits] }, [measured])).toBeCloseTo((90 * 4500 * 12) / (71 * 64 * 6));
    expect(estimateSeconds(recommended, { ...cifar, splits: [...cifar.splits] }, [measured])).toBeNull();
  });
});

describe('what is said of a new run beside its recipe', () => {
  const typed = { name: ' first ', tags: 'a, b，a', notes: 'why', priority: '5' };

  it('is a part of the request, without what the API takes by itself', () => {
    expect(described(descriptionOf(null), null)).toEqual({ body: {}, faults: [] });
    expect(described(typed, null)).toEqual({ body: { name: 'first', tags: ['a', 'b'], notes: 'why', priority: 5 }, faults: [] });
  });

  it('begins with the tags and the priority of the run that is copied, and says what is taken from them', () => {
    const from = { tags: ['a', 'b'], priority: 5 };
    const begun = descriptionOf(from);
    expect([begun.tags, begun.priority]).toEqual(['a, b', '5']);
    expect(described(begun, from).body).toEqual({});
    expect(described({ ...begun, tags: '', priority: '' }, from).body).toEqual({ tags: [], priority: 0 });
  });

  it('is held to what the API takes', () => {
    const faultsOf = (change: object) => described({ ...typed, ...change }, null).faults.map(({ path }) => path[0]);
    expect([faultsOf({ priority: '101' }), faultsOf({ priority: 'high' }), faultsOf({ priority: '1.5' }), faultsOf({ tags: 'x'.repeat(51) })]).toEqual([['priority'], ['priority'], ['priority'], ['tags']]);
  });
});
