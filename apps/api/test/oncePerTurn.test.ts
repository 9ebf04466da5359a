import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { oncePerTurn } from '../src/auth/oncePerTurn.ts';

it('who asks in the same turn is answered together, and nobody by a question that was sent before', async () => {
  const sent: string[][] = [];
  let world = new Map([['a', 1]]);
  const of = {};
  const ask = oncePerTurn(async (_: object, keys) => {
    sent.push(keys);
    const seen = world;
    await sleep(30);
    return seen;
  });
  const first = Promise.all([ask(of, 'a'), ask(of, 'b'), ask(of, 'a')]);
  const elsewhere = ask({}, 'a');
  await sleep(10);
  world = new Map();
  const second = ask(of, 'a');
  expect(await Promise.all([first, elsewhere, second])).toEqual([[1, undefined, 1], 1, undefined]);
  expect(sent).toEqual([['a', 'b'], ['a'], ['a']]);
});

it('a question that fails fails for those who asked it, and for nobody after', async () => {
  let broken = true;
  const of = {};
  const ask = oncePerTurn((_: object, keys) => (broken ? Promise.reject(new Error('away')) : Promise.resolve(new Map(keys.map((key) => [key, key])))));
  const answers = await Promise.allSettled([ask(of, 'a'), ask(of, 'b')]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  expect(await ask(of, 'a')).toBe('a');
});
