import { beforeAll, expect, test, vi } from 'vitest';
import { childrenOf } from '../integration/processTree.ts';
import { contentOf, everyStep, expectInTime, expectSound } from './expectSound.ts';
import { full, goalSeconds as goal, status, within, type FaultWorld } from './faultWorld.ts';
import { note } from './table.ts';

/** What may happen to a worker. */
export function workers(started: () => FaultWorld): void {
  let world: FaultWorld;
  beforeAll(() => {
    world = started();
  });

  test('is frozen for longer than its lease, and writes nothing when it wakes', { timeout: within(120) }, async () => {
    const id = await world.launch(full ? 12 : 20);
    const frozen = world.work();
    await world.checkpointed(id);
    world.work();
    const { attempt } = await world.run(id);
    frozen.child.kill('SIGSTOP');
    const seconds = await world.recovered(id, { attempt, step: Infinity }, performance.now());
    await world.until(id, status('succeeded'));
    await expectSound(world, id, { status: 'succeeded' });
    const before = await contentOf(world, id);
    frozen.child.kill('SIGCONT');
    await vi.waitFor(() => expect(frozen.output()).toContain('dropped'), 20_000);
    await new Promise((resolve) => setTimeout(resolve, full ? 10_000 : 1000));
    expect(await contentOf(world, id)).toEqual(before);
    expect((await world.run(id)).attempt).toBe(2);
    expectInTime(seconds);
    note({ fault: 'worker frozen past its lease, then awake (SIGSTOP, SIGCONT)', happened: 'went on elsewhere; the old one changed no row and no object', seconds, goal });
  });

  test('is killed where the dispatcher has started it: the run goes on before its lease is over', { timeout: within(120) }, async () => {
    const epochs = full ? 12 : 20;
    const id = await world.launch(epochs);
    await world.whileLaunching(world.workerCommand(), async () => {
      await world.checkpointed(id);
      const { attempt } = await world.run(id);
      const [worker = 0] = world.launchedWorkers();
      process.kill(worker, 'SIGKILL');
      const seconds = await world.recovered(id, { attempt, step: Infinity }, performance.now());
      await world.until(id, status('succeeded'));
      await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs) });
      const [row] = await world.sql<{ message: string }[]>`select failure ->> 'message' as message from attempt where run_id = ${id} and number = ${attempt}`;
      expect(row?.message).toBe('The worker ended in the midst of it (signal SIGKILL).');
      note({ fault: 'worker of the dispatcher killed (kill -9)', happened: 'another one was started at once, and went on from the last checkpoint', seconds, goal: 10 });
    });
  });

  test('is told to go: the run waits in the queue with its checkpoint, and the next worker takes it at once', { timeout: within(120) }, async () => {
    const epochs = full ? 12 : 20;
    const whole = await world.undisturbed(epochs);
    await world.leave();
    const id = await world.launch(epochs);
    const first = world.work();
    const { attempt } = await world.until(id, ({ step }) => step > 5);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const since = performance.now();
    const queued = await world.run(id);
    expect(queued.status).toBe('queued');
    expect((await world.checkpoints(id)).at(-1)?.step).toBe(queued.step);
    world.work();
    const seconds = await world.recovered(id, { attempt, step: Infinity }, since);
    await world.until(id, status('succeeded'));
    expect((await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs), whole })).attempt).toBe(2);
    expectInTime(seconds);
    note({ fault: 'worker told to go (SIGTERM)', happened: `left a checkpoint of its last step; the next worker went on from there; ${everyStep(whole)}`, seconds, goal });
  });

  test('whose trainer hangs kills it, and goes on from the last checkpoint', { timeout: within(120) }, async () => {
    const epochs = full ? 12 : 20;
    const id = await world.launch(epochs);
    const worker = world.work({ THAW_SILENT_MINUTES: String((full ? 15 : 3) / 60) });
    await world.checkpointed(id);
    const { attempt } = await world.run(id);
    const [trainer = 0] = childrenOf(worker.child.pid ?? 0);
    process.kill(trainer, 'SIGSTOP');
    const seconds = await world.recovered(id, { attempt, step: Infinity }, performance.now());
    await world.until(id, status('succeeded'));
    const run = await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs) });
    expect(run.attempt).toBe(2);
    const [row] = await world.sql<{ message: string }[]>`select failure ->> 'message' as message from attempt where run_id = ${id} and number = 1`;
    expect(row?.message).toMatch(/^The training process said nothing for (3|15) seconds and was ended\./);
    note({ fault: `trainer hangs (SIGSTOP; patience ${full ? 15 : 3} s)`, happened: 'killed by its worker, which went on from the last checkpoint', seconds, goal: goal + (full ? 15 : 3) });
  });
}
