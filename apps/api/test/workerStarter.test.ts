import { describe, expect, it } from 'vitest';
import { LauncherAway, type LaunchedWorker, type Launcher } from '../src/dispatch/launcher.ts';
import { workerStarter } from '../src/dispatch/workerStarter.ts';
import type { WorkQueue } from '../src/dispatch/workQueue.ts';
import { createLog } from '../src/log.ts';

/** A queue and a launcher that note what is asked of them. */
function world(outlives: boolean, workers: LaunchedWorker[]) {
  const asked: unknown[] = [];
  const unheard = new Map<string, number>();
  let isAway = false;
  let waiting: string[] = [];
  let pieces = ['run_1', 'run_2'];
  const queue: WorkQueue = {
    markLaunching: ({ covered, limit }) => (asked.push({ covered, limit }), Promise.resolve(waiting.splice(0))),
    failLaunch: ({ id, reason }) => (asked.push({ failed: id, reason }), Promise.resolve()),
    requeueUnclaimed: (input) => (asked.push(input), Promise.resolve()),
    loseWorker: ({ name }) => (asked.push({ lost: name }), Promise.resolve()),
    expireLeases: () => Promise.resolve(0),
    busyWorkers: () => Promise.resolve([]),
    unheardFor: (names) => Promise.resolve(new Map([...unheard].filter(([name]) => names.includes(name)))),
    countWaiting: (most) => Promise.resolve(Math.min(pieces.length, most)),
    stillLaunching: (ids) => Promise.resolve(ids.filter((id) => pieces.includes(id))),
  };
  const away = () => Promise.reject(new LauncherAway('gone'));
  const launcher: Launcher = {
    outlives,
    list: () => (isAway ? away() : Promise.resolve(workers)),
    launch: (id) => (asked.push({ launched: id }), away()),
    stop: (name) => (asked.push({ stopped: name }), Promise.resolve()),
    close: () => Promise.resolve(),
  };
  const lines: string[] = [];
  const log = createLog('test', 'info', (line) => void lines.push(line));
  return { asked, lines, unheard, turn: workerStarter({ queue, launcher, maxWorkers: 3, silentSeconds: 0.2, log }), setAway: (is: boolean) => (isAway = is), wait: (...ids: string[]) => (waiting = ids), setPieces: (...ids: string[]) => (pieces = ids) };
}

const alive = { name: 'w1', launchedFor: 'run_1', ended: null };

describe('a turn of starting workers', () => {
  it('begins with what an earlier dispatcher left, once, where its workers outlive it', async () => {
    const { asked, turn } = world(true, [alive, { name: 'w2', launchedFor: 'run_2', ended: 'exit code 1' }]);
    await turn();
    expect(asked[0]).toEqual({ seconds: 0, expected: ['run_1'] });
    expect(asked.slice(1)).toEqual([{ lost: 'w2' }, expect.objectContaining({ failed: 'run_2' }), { covered: 0, limit: 2 }]);
    asked.length = 0;
    await turn();
    expect(asked).not.toContainEqual(expect.objectContaining({ seconds: 0 }));
  });

  it('leaves to its lease what one has that may be at its end yet', async () => {
    const { asked, turn } = world(true, [{ name: 'w1', launchedFor: 'run_1', ended: 'its Job was deleted', lingers: true }, { name: 'w2', launchedFor: 'run_2', ended: 'exit code 137' }]);
    await turn();
    expect(asked).toContainEqual({ lost: 'w2' });
    expect(asked).not.toContainEqual({ lost: 'w1' });
  });

  it('takes nothing from workers of another dispatcher that it does not see', async () => {
    const { asked, turn } = world(false, []);
    await turn();
    expect(asked).toEqual([{ covered: 0, limit: 3 }]);
  });

  it('says once that nothing can be started, asks for no work meanwhile, and goes on', async () => {
    const { asked, lines, turn, setAway } = world(true, [alive]);
    setAway(true);
    await turn();
    await turn();
    expect(asked).toEqual([]);
    expect(lines).toHaveLength(1);
    setAway(false);
    await turn();
    expect(asked).toEqual([{ seconds: 0, expected: ['run_1'] }, { covered: 0, limit: 2 }]);
  });

  it('blames no piece of work for a launcher that goes away in a launch, and looks later whether it has started', async () => {
    const { asked, turn, wait } = world(true, [alive]);
    await turn();
    asked.length = 0;
    wait('run_2', 'run_3');
    await turn();
    expect(asked).toEqual([{ covered: 0, limit: 2 }, { launched: 'run_2' }]);
    await turn();
    expect(asked.slice(2)).toEqual([{ seconds: 0, expected: ['run_1'] }, { covered: 0, limit: 2 }]);
  });

  it('takes a worker that waits for its place for none that hangs, however long that takes, and counts from when it has begun', async () => {
    const worker: LaunchedWorker = { ...alive, waits: true };
    const { asked, unheard, turn } = world(false, [worker]);
    unheard.set('w1', 1000);
    await turn();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await turn();
    worker.waits = false;
    await turn();
    expect(asked).toEqual([{ covered: 0, limit: 2 }, { covered: 0, limit: 2 }, { covered: 0, limit: 2 }]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await turn();
    expect(asked[3]).toEqual({ stopped: 'w1' });
  });

  it('stops workers that wait for their place when there is less work than workers, and none that has begun', async () => {
    const { asked, turn, setPieces } = world(false, [alive, { name: 'w2', launchedFor: 'run_2', ended: null, waits: true }]);
    await turn();
    expect(asked).toEqual([{ covered: 0, limit: 1 }]);
    // The one that has begun will take it; that this one was started for it is no reason to stop it meanwhile.
    setPieces('run_2');
    await turn();
    expect(asked.slice(1)).toEqual([{ covered: 1, limit: 1 }]);
    setPieces();
    await turn();
    expect(asked.slice(2)).toEqual([{ stopped: 'w2' }, { covered: 2, limit: 1 }]);
  });

  it('stops a worker that says nothing, or never has, once, and starts another in its place only when it has ended', async () => {
    const workers: LaunchedWorker[] = [alive, { name: 'w2', launchedFor: 'run_2', ended: null }];
    const { asked, unheard, turn } = world(false, workers);
    unheard.set('w1', 0.1);
    await turn();
    unheard.set('w1', 0.3);
    await turn();
    expect(asked.slice(1)).toEqual([{ stopped: 'w1' }, { covered: 0, limit: 1 }]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await turn();
    expect(asked.slice(3)).toEqual([{ stopped: 'w2' }, { covered: 0, limit: 1 }]);
    unheard.set('w1', 0);
    await turn();
    expect(asked.slice(5)).toEqual([{ covered: 0, limit: 1 }]);
  });

  it('does not blame a piece of work for one worker while another one comes for it', async () => {
    const { asked, turn } = world(false, [{ name: 'w0', launchedFor: 'run_1', ended: 'signal SIGKILL' }, alive]);
    await turn();
    expect(asked).toEqual([{ lost: 'w0' }, { covered: 0, limit: 2 }]);
  });
});
