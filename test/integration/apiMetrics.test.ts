import { runQueue } from '@thaw/api/dispatch/runQueue';
import { createLog } from '@thaw/api/log';
import { openSeries } from '@thaw/api/runs/openSeries';
import { noLimits } from '@thaw/contract/quotas';
import type { Metrics, Run } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, claim, epochEnd, epochOf, iteration, smallRun, startApi, started, until, type Api, type Attempt, type Person } from './apiHarness.ts';

const million = 1_000_000;
/** Of the runs here, by step: a saw with a spike, a dip and two that are no numbers. */
const special: Record<number, number> = { 123_456: NaN, 400_001: -3, 777_777: 50, 950_000: Infinity };
const lossOf = (step: number): number => special[step] ?? 1 + (step % 1000) / 1000;

type Answer = Metrics & { reduction: { rows: number; bucketRows: number } | null };

describe('the metrics of a run', () => {
  let api: Api;
  let alice: Person;
  let first: Attempt;
  let run: Run;

  beforeAll(async () => {
    api = await startApi({ s3: anyStorage, env: { LEASE_SECONDS: '1' } });
    alice = await api.person('alice');
  }, 60_000);
  afterAll(async () => api?.stop());

  const begin = async (): Promise<Attempt> => {
    run = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body;
    return claimed();
  };
  const claimed = async (): Promise<Attempt> => {
    const attempt = await claim(api, run.id);
    if (attempt === null) throw new Error('no run to claim');
    return attempt;
  };
  const metrics = async <T = Answer>(query = '') => (await alice.call<T>('GET', `/v1/runs/${run.id}/metrics${query}`)).body;
  const lines = (text: string): string[] => text.trimEnd().split('\n');

  it('come whole, in part, and in every format', async () => {
    first = await begin();
    const told = { ...iteration(4, 'NaN'), accuracy: 0.25 };
    await first.events(0, [started(), epochEnd(0, null), ...epochOf(1), told]);
    const whole = await metrics();
    expect(whole.iterations).toHaveLength(4);
    expect(whole.iterations[3]).toEqual({ step: 4, epoch: 2, phase: 'full', loss: 'NaN', learningRate: 1e-3, accuracy: 0.25 });
    expect(whole.iterations[0]).not.toHaveProperty('accuracy');
    expect(whole.epochs.map(({ epoch }) => epoch)).toEqual([0, 1]);

    const part = await metrics('?fields=loss,testLoss&fromStep=3&toStep=4');
    expect(part).toEqual({
      iterations: [{ step: 3, epoch: 1, phase: 'full', loss: 1 / 3 }, { step: 4, epoch: 2, phase: 'full', loss: 'NaN' }],
      epochs: [{ epoch: 1, phase: 'full', testLoss: 1 }],
      reduction: null,
    });
    expect(await metrics('?series=epochs&fields=seconds,seconds')).toEqual({ iterations: [], epochs: [0, 1].map((epoch) => ({ epoch, phase: epoch === 0 ? 'initial' : 'full', seconds: 1 })), reduction: null });
    expect(lines(await metrics<string>('?format=csv&fromStep=4'))).toEqual(['step,epoch,phase,loss,learning_rate,accuracy', '4,2,full,NaN,0.001,0.25']);
    expect(lines(await metrics<string>('?format=csv&series=epochs&fields=trainLoss,testAccuracy'))).toEqual(['epoch,phase,train_loss,test_accuracy', '0,initial,,0.5', '1,full,1,0.5']);
    const objects = lines(await metrics<string>('?format=ndjson&fields=loss,testLoss')).map((line) => JSON.parse(line) as unknown);
    expect(objects.slice(3)).toEqual([
      { type: 'iteration', step: 4, epoch: 2, phase: 'full', loss: 'NaN' },
      { type: 'epoch', step: 0, epoch: 0, phase: 'initial', testLoss: 1 },
      { type: 'epoch', step: 3, epoch: 1, phase: 'full', testLoss: 1 },
    ]);
    const file = await alice.call<string>('GET', `/v1/runs/${run.id}/metrics?format=tensorboard`);
    expect(file.headers.get('content-disposition')).toMatch(/events\.out\.tfevents\.\d+\.run_/);
    expect(file.body.match(/iteration\/loss/g)).toHaveLength(4);
    expect(file.body.match(/epoch\/test_accuracy/g)).toHaveLength(2);
    for (const query of ['fields=lost', 'fields=loss,', 'points=1', 'points=1e9', 'format=xml', 'fromStep=-1']) expect((await alice.call('GET', `/v1/runs/${run.id}/metrics?${query}`)).status, query).toBe(422);
  });

  it('of a million steps are read once, and reduced without losing a spike', async () => {
    first = await begin();
    await first.events(0, [started(), epochEnd(0, null)]);
    // Two thousand events a batch, as many as the API takes.
    await api.sql`
      insert into metric_batch (run_id, attempt, seq, events)
      select ${run.id}, 1, batch, (
        select json_agg(json_build_object('type', 'iteration', 'step', step, 'epoch', 1, 'phase', 'full', 'learningRate', 0.001, 'loss', case step
          when 123456 then '"NaN"' when 400001 then '-3' when 777777 then '50' when 950000 then '"Infinity"' else to_json(1 + (step % 1000) / 1000.0::float8) end))
        from generate_series((batch - 1) * 2000 + 1, batch * 2000) step)
      from generate_series(1, ${million / 2000}::int) batch`;

    // Two that ask at once, as two processes would.
    const [row] = await api.sql<{ id: string; status: 'running' }[]>`select id, status from run where id = ${run.id}`;
    if (row === undefined) throw new Error('no run');
    const [reduced, series] = await Promise.all([metrics('?points=1000&fields=loss'), openSeries(api.db, row)]);
    expect(reduced.reduction).toEqual({ rows: million, bucketRows: 8192 });
    expect(reduced.iterations.map(({ step, loss }) => [step, Number(loss)])).toEqual(byHand(1, million, 8192));
    expect(series.tail.length + series.chunks.reduce((sum, { rows }) => sum + rows, 0)).toBe(million);
    expect(series.tail.length).toBeLessThan(4096);
    expect(series.epochs.map(({ record }) => record.epoch)).toEqual([0]);

    const cut = await metrics('?points=1000&fields=loss&fromStep=1000&toStep=901000');
    expect(cut.iterations.map(({ step, loss }) => [step, Number(loss)])).toEqual(byHand(1000, 901_000, 8192));
    const close = await metrics('?points=1000&fields=loss&fromStep=120000&toStep=130000');
    expect(close.iterations.map(({ step, loss }) => [step, Number(loss)])).toEqual(byHand(120_000, 130_000, close.reduction?.bucketRows ?? 0));
    expect((await metrics('?fromStep=777776&toStep=777778')).iterations.map(({ loss }) => loss)).toEqual([1.776, 50, 1.778]);
    expect(lines(await metrics<string>('?format=csv&fields=loss'))).toHaveLength(million + 1);
  }, 120_000);

  it('forget what a resumed run goes over again, and nothing else', async () => {
    await until('the lease is gone', async () => {
      await runQueue({ db: api.db, log: createLog('test', 'silent'), settings: { quota: noLimits } }).expireLeases();
      return (await api.sql`select id from run where id = ${run.id} and status = 'queued'`).length === 1;
    });
    await api.sql`update run set available_at = now() where id = ${run.id}`;
    // A checkpoint of step 600000 is what the second attempt goes on from.
    const second = await claimed();
    await second.events(0, [started(600_000), iteration(600_001, 7), iteration(600_002, 8)]);
    expect(await api.sql`select number from metric_chunk where run_id = ${run.id} and reach > 600000`).toHaveLength(0);
    const end = await metrics('?fields=loss&fromStep=599999');
    expect(end.iterations.map(({ step, loss }) => [step, loss])).toEqual([[599_999, 1.999], [600_000, 1], [600_001, 7], [600_002, 8]]);
    expect((await metrics('?points=100')).reduction?.rows).toBe(600_002);

    await alice.call('POST', `/v1/runs/${run.id}/cancel`);
    await second.finish('stopped');
    expect((await metrics('?points=100')).reduction?.rows).toBe(600_002);
    expect(await api.sql`select sum(rows)::int as rows from metric_chunk where run_id = ${run.id}`).toEqual([{ rows: 600_002 }]);
    expect((await alice.call('DELETE', `/v1/runs/${run.id}`)).status).toBe(204);
    expect(await api.sql`select number from metric_chunk where run_id = ${run.id}`).toHaveLength(0);
  }, 60_000);
});

/** First, least, greatest, last and first not-a-number of each bucket, looked for the plain way. */
function byHand(from: number, to: number, width: number): [number, number][] {
  const kept: [number, number][] = [];
  for (let start = Math.floor((from - 1) / width) * width + 1; start <= to; start += width) {
    const steps = Array.from({ length: width }, (_, n) => start + n).filter((step) => step >= from && step <= to);
    const numbers = steps.filter((step) => !Number.isNaN(lossOf(step))).sort((a, b) => lossOf(a) - lossOf(b) || a - b);
    const greatest = numbers.find((step) => lossOf(step) === lossOf(numbers.at(-1) ?? 0));
    const wanted = new Set([steps[0], steps.at(-1), numbers[0], greatest, steps.find((step) => Number.isNaN(lossOf(step)))]);
    for (const step of steps) if (wanted.has(step)) kept.push([step, lossOf(step)]);
  }
  return kept;
}
