import path from 'node:path';
import { presetName } from '@thaw/contract/runSpec';
import { resolveSpec } from '@thaw/contract/resolveSpec';
import { describe, expect, it } from 'vitest';
import { readDemoArguments, recipeFor } from '../../src/demo/demoArguments.ts';
import { UsageError } from '../../src/stack/stackError.ts';

const env = { INIT_CWD: '/somewhere' };
const read = (...args: string[]) => readDemoArguments(args, env);

describe('the arguments of the demo', () => {
  it('have defaults', () => {
    expect(read()).toMatchObject({ wishes: { preset: 'quick', epochs: null, trainLimit: null }, exit: false, jsonFile: null, firstPort: 3000 });
  });

  it('are read, paths from where npm was called', () => {
    expect(read('--preset', 'tutorial', '--epochs', '3', '--train-limit', '640', '--exit', '--json', 'out.json', '--port', '4100', '--state', 'state')).toEqual({
      wishes: { preset: 'tutorial', epochs: 3, trainLimit: 640 },
      exit: true,
      help: false,
      jsonFile: path.join('/somewhere', 'out.json'),
      firstPort: 4100,
      stateFolder: path.join('/somewhere', 'state'),
    });
  });

  it.each([
    [['--preset', 'fast'], 'There is no preset "fast": choose one of tutorial, quick, scratch, recommended.'],
    [['--epochs', '0'], '--epochs takes a whole number from 1 on; "0" is not one.'],
    [['--epochs', '2.5'], '--epochs takes a whole number from 1 on; "2.5" is not one.'],
    [['--train-limit', 'many'], '--train-limit takes a whole number from 1 on; "many" is not one.'],
    [['--epochs', '100000'], /^These options do not make a run: schedule\.epochs: /],
    [['--port', '80000'], /^--port takes the first of \d+ ports/],
    [['--epoch', '3'], /^Unknown option '--epoch'/],
    [['--epochs'], /argument missing/],
    [['quick'], /^Unexpected argument 'quick'/],
  ])('%j is refused in a sentence', (args, sentence) => {
    const refuse = () => read(...args);
    expect(refuse).toThrow(UsageError);
    expect(refuse).toThrow(sentence);
  });
});

describe('the recipe', () => {
  it('keeps what the preset says', () => {
    expect(recipeFor({ preset: 'quick', epochs: null, trainLimit: null })).toEqual({ request: { preset: 'quick' }, note: null });
    expect(recipeFor({ preset: 'quick', epochs: 2, trainLimit: 640 })).toEqual({ request: { preset: 'quick', schedule: { epochs: 2 }, data: { trainLimit: 640 } }, note: null });
  });

  it('never freezes more epochs than there are, and says so', () => {
    expect(recipeFor({ preset: 'quick', epochs: 1, trainLimit: null })).toEqual({
      request: { preset: 'quick', schedule: { epochs: 1, freezeEpochs: 1 } },
      note: 'The preset quick freezes its first 2 epochs; with --epochs 1 the only one is frozen, so that the head alone trains.',
    });
    expect(recipeFor({ preset: 'tutorial', epochs: 3, trainLimit: null }).note).toBe(
      'The preset tutorial freezes its first 5 epochs; with --epochs 3 all of them are frozen, so that the head alone trains.',
    );
  });

  it.each(presetName.options)('is valid for any number of epochs of the preset %s', (preset) => {
    for (const epochs of [1, 2, 3, 50]) expect(resolveSpec(recipeFor({ preset, epochs, trainLimit: null }).request).ok).toBe(true);
  });
});
