import { ensureUser } from '@thaw/api/auth/ensureUser';
import { presets } from '@thaw/contract/presets';
import type { EpochRecord } from '@thaw/contract/events';
import type { Database } from '@thaw/db/client';

/** Runs that have succeeded, of several people (person0, person1, ...), as they lie in the database of a service that has been used for a while. */
export async function seedRuns(db: Database, { owners, runsOfEach }: { owners: number; runsOfEach: number }): Promise<{ owner: string; run: string }> {
  const [owner] = await Promise.all(Array.from({ length: owners }, (_, n) => ensureUser({ db }, { email: `person${n}@example.org`, name: `Person ${n}` })));
  if (owner === undefined) throw new Error('there are no owners');
  const sql = db.$client;
  const epoch: EpochRecord = {
    epoch: 40, phase: 'full', learningRate: 1e-4, trainLoss: 0.21, trainAccuracy: 0.93, valLoss: null, valAccuracy: null, testLoss: 0.61, testAccuracy: 0.83, imagesPerSecond: 900, seconds: 55,
  };
  const result = { best: { epoch: 38, step: 29_716, loss: 0.6, accuracy: 0.834 }, bestTest: { loss: 0.6, accuracy: 0.834 }, seconds: 2200, cpuSeconds: 4300 };
  const file = (name: string) => ({ name, key: `runs/x/curves/${name}`, bytes: 123_456, sha256: 'a'.repeat(64) });
  const curves = ['iterations.csv', 'epochs.csv', 'events.ndjson'].map(file);
  const sparkline = Array.from({ length: 21 }, (_, n) => ({ epoch: 2 * n, train: 0.93 - 0.5 / (n + 1), monitored: 0.83 - 0.4 / (n + 1) }));
  await sql`insert into dataset (id, name) values ('cifar10', 'CIFAR-10') on conflict do nothing`;
  await sql`insert into dataset_version (dataset_id, version, source, options) values ('cifar10', 1, '{"kind":"builtin","name":"cifar10"}', '{}') on conflict do nothing`;
  await sql`
    insert into run (id, owner_id, name, tags, notes, status, spec, dataset_id, dataset_version, attempt, epoch, step, steps_per_epoch, device, last_epoch, result, curves, evaluation, sparkline, created_at, started_at, finished_at)
    select 'run_' || substr(md5(p.id || n), 1, 24), p.id, 'tutorial on CIFAR-10, try ' || n, array['ablation', 'week ' || n % 50], 'what was tried', 'succeeded', ${JSON.stringify(presets.tutorial)}::json, 'cifar10', 1,
      1, 40, 31280, 782, 'cpu: some processor', ${JSON.stringify(epoch)}::json, ${JSON.stringify(result)}::json, ${JSON.stringify(curves)}::json, ${JSON.stringify(file('evaluation.json'))}::json, ${JSON.stringify(sparkline)}::json,
      now() - make_interval(mins => n), now() - make_interval(mins => n), now()
    from "user" p, generate_series(1, ${runsOfEach}) n where p.email like 'person%'`;
  await sql`analyze`;
  const [row] = await sql<{ id: string }[]>`select id from run where owner_id = ${owner.id} order by created_at desc limit 1 offset 7`;
  if (row === undefined) throw new Error('there are no runs');
  return { owner: owner.id, run: row.id };
}
