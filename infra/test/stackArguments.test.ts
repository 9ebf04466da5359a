import { expect, it } from 'vitest';
import { UsageError } from '../src/stack/stackError.ts';
import { parseOptions, readStackArguments, stackOptionTypes } from '../src/stackArguments.ts';

it('takes paths from where npm was called', () => {
  const { firstPort, stateFolder, jsonFile } = readStackArguments({ port: '4000', state: 'a', json: '../b.json' }, { INIT_CWD: '/home/me/x' });
  expect([firstPort, stateFolder, jsonFile]).toEqual([4000, '/home/me/x/a', '/home/me/b.json']);
  expect(readStackArguments({}, {})).toMatchObject({ firstPort: 3000, jsonFile: null, stateFolder: expect.stringMatching(/\/\.thaw$/) });
});

it.each(['0', '-1', 'abc', '65530', '70000', '3000.5', ''])('refuses --port %s', (port) => {
  expect(() => readStackArguments({ port }, {})).toThrow(UsageError);
});

it('refuses options that it does not know', () => {
  const read = (...args: string[]): unknown => parseOptions(stackOptionTypes, 'usage', args);
  expect(read('--port', '5')).toMatchObject({ port: '5' });
  expect(() => read('--prot', '5')).toThrow(/--prot[^]*usage/);
  expect(() => read('word')).toThrow(UsageError);
});
