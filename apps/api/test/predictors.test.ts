import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../src/log.ts';
import { openPredictors, type Predictors } from '../src/predict/predictors.ts';

/** The pool, with processes that do what a picture says. */
const script = fileURLToPath(new URL('fixtures/predictorDouble.ts', import.meta.url));
let predictors: Predictors;
const open = (more: Partial<Parameters<typeof openPredictors>[0]> = {}): void => {
  predictors = openPredictors({ log: createLog('test', 'silent'), processes: 2, seconds: 10, script, ...more });
};
afterEach(() => predictors.close());

/** `picture by pid`. */
const look = async (picture: string): Promise<string> => (await predictors.predict(Buffer.from(picture), ['model'])).likeliest[0]?.[0]?.class ?? '';
const processOf = (answer: string): number => Number(answer.split(' ').at(-1));
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the pool', () => {
  it('loses with a process that dies the picture that killed it, and none beside or behind it', async () => {
    open({ processes: 1 });
    const first = processOf(await look('a'));
    const [dead, ...others] = await Promise.allSettled([look('die'), look('b'), look('c')]);
    expect(dead).toMatchObject({ status: 'rejected', reason: { kind: 'validation-failed', message: expect.stringContaining('no ordinary picture') } });
    const after = others.map((one) => (one.status === 'fulfilled' ? processOf(one.value) : 0));
    expect(new Set(after).size).toBe(1);
    expect(after[0]).not.toBe(first);
    expect(isAlive(first)).toBe(false);
  });

  it('ends a process that takes too long, and goes on', async () => {
    open({ seconds: 1 });
    await look('warm');
    const [hung, other] = await Promise.allSettled([look('hang'), look('a')]);
    expect(hung).toMatchObject({ status: 'rejected', reason: { kind: 'validation-failed', message: expect.stringContaining('longer than 1 seconds') } });
    expect(other.status).toBe('fulfilled');
    expect(await look('b')).toMatch(/^b by/);
  });

  it('starts so many processes and no more, and gives each one picture at a time', async () => {
    open();
    const answers = await Promise.all(Array.from({ length: 6 }, () => look('slow')));
    expect(new Set(answers).size).toBe(2);
    // It tells how many variables there were that could hold a secret.
    expect((await predictors.predict(Buffer.from('a'), ['model'])).likeliest[0]?.[0]?.probability).toBe(0);
  });

  it('has so many places, half of them for one owner, and gives them again', () => {
    const tooMany = expect.objectContaining({ kind: 'too-many-requests', retryAfterSeconds: 2 }) as Error;
    open({ places: 3 });
    const [giveBack] = [predictors.take('ada'), predictors.take('ada')];
    expect(() => predictors.take('ada')).toThrow(tooMany);
    predictors.take('bea');
    expect(() => predictors.take('cleo')).toThrow(tooMany);
    giveBack();
    giveBack();
    predictors.take('cleo');
    expect(() => predictors.take('ada')).toThrow(tooMany);
  });

  it('ends processes that have nothing to do, and starts others', async () => {
    open({ idleSeconds: 0.2 });
    const first = processOf(await look('a'));
    await expect.poll(() => isAlive(first)).toBe(false);
    expect(processOf(await look('b'))).not.toBe(first);
  });

  it('says so where no process can be started', async () => {
    open({ script: '/nowhere/predictor.ts' });
    const waiting = await Promise.allSettled([look('a'), look('b'), look('c')]);
    for (const one of waiting) expect(one).toMatchObject({ status: 'rejected', reason: { kind: 'unavailable', message: expect.stringContaining('on this host') } });
  });
});
