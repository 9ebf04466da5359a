import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { askTogether } from '../src/auth/askTogether.ts';

it('who asks at the same time is answered together, and nobody by a question that was sent before', async () => {
  const sent: string[][] = [];
  let world = new Map([['a', 1]]);
  const of = {};
  const ask = askTogether(async (_: object, keys) => {
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
  const ask = askTogether((_: object, keys) => (broken ? Promise.reject(new Error('away')) : Promise.resolve(new Map(keys.map((key) => [key, key])))));
  const answers = await Promise.allSettled([ask(of, 'a'), ask(of, 'b')]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  expect(await ask(of, 'a')).toBe('a');
});

it('while one question is under way the next gathers, but not for long', async () => {
  const sent: string[][] = [];
  let answer: () => void = () => undefined;
  const of = {};
  const ask = askTogether((_: object, keys) => {
    sent.push(keys);
    return new Promise<ReadonlyMap<string, string>>((resolve) => (answer = () => resolve(new Map())));
  });
  const first = ask(of, 'a');
  await sleep(2);
  const more = [ask(of, 'b')];
  await sleep(1);
  more.push(ask(of, 'c'));
  answer();
  await first;
  await sleep(2);
  expect(sent).toEqual([['a'], ['b', 'c']]);
  const waiting = ask(of, 'd');
  await sleep(50);
  expect(sent).toEqual([['a'], ['b', 'c'], ['d']]);
  answer();
  await waiting;
});
