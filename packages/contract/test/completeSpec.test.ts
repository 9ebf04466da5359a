import { describe, expect, it } from 'vitest';
import { completeSpec } from '../src/completeSpec.ts';
import { presets } from '../src/presets.ts';
import { resolveSpec } from '../src/resolveSpec.ts';
import { presetName, runSpec } from '../src/runSpec.ts';

describe('a stored spec', () => {
  it.each([...presetName.options.map((preset) => ({ preset })), { optimizer: { type: 'sgd' } }, { scheduler: { type: 'cosine' }, data: { augmentation: null, normalization: 'imagenet' } }])(
    'that is complete is given back as it is: %j',
    (request) => {
      const resolved = resolveSpec(request);
      if (!resolved.ok) throw new Error('not a spec');
      expect(completeSpec(resolved.spec)).toBe(resolved.spec);
    },
  );

  it('of an earlier version gains later fields switched off, whatever its preset has become', () => {
    const older = structuredClone(presets.recommended);
    Reflect.deleteProperty(older, 'loss');
    Reflect.deleteProperty(older, 'evaluation');
    Reflect.deleteProperty(older.schedule, 'keepFrozen');
    Reflect.deleteProperty(older.optimizer, 'clipNorm');
    Reflect.deleteProperty(older.optimizer, 'headLearningRateFactor');
    const completed = runSpec.parse(completeSpec(older));
    const off = { loss: { labelSmoothing: 0 }, evaluation: { flip: false }, schedule: { ...presets.recommended.schedule, keepFrozen: null } };
    expect(completed).toEqual({ ...presets.recommended, ...off, optimizer: { ...presets.recommended.optimizer, headLearningRateFactor: 1, clipNorm: null } });
  });
});
