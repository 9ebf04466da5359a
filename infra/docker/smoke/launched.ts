import { StackError } from '../../src/stack/stackError.ts';
import { run } from './docker.ts';
import type { Project } from './project.ts';
import { say, secondsSince, timed } from './say.ts';
import { startShortRun, untilSaid, untilSucceeded, type Visitor } from './shortRun.ts';

/** With the launcher of containers, behind compose.yaml. */
export const launcherFiles = ['compose.yaml', 'compose.launcher.yaml'];

/** A killed worker is seen to be gone: its lease of 30 s, which begins with its last word, is not waited for. */
const killedSeconds = 25;

/** The dispatcher starts trainers as containers: as runs wait, not where one waits already, and in place of one that was killed. */
export async function tryLaunched(project: Project, visitor: Visitor): Promise<void> {
  await timed('dispatcher with the docker launcher', () => project.compose(['up', '-d', '--no-deps', 'dispatcher'], launcherFiles));
  for (const which of ['first', 'second', 'third'] as const) {
    const start = performance.now();
    const id = await startShortRun(visitor, 1);
    await untilSaid(visitor, id, ({ type }) => type === 'iteration');
    say(`${which} run in a launched container: first step seen ${secondsSince(start)} s after it was asked for`);
    await untilSucceeded(visitor, id, 'in a launched container');
    // The second finds no worker: that of the first has ended. The third finds one that waits.
    if (which === 'first') await untilNone(project);
  }
  await killOne(project, visitor);
  await untilNone(project);
}

async function killOne(project: Project, visitor: Visitor): Promise<void> {
  const id = await startShortRun(visitor, 6);
  await untilSaid(visitor, id, (event) => event.type === 'iteration' && event.epoch === 3);
  const [container = ''] = await launched(project);
  const start = performance.now();
  await run('docker', ['kill', container]);
  let from: number | null = null;
  await untilSaid(visitor, id, (event, attempt) => {
    if (attempt === 2 && event.type === 'started') from = event.resumedFromStep;
    return attempt === 2 && event.type === 'iteration';
  });
  const seconds = secondsSince(start);
  const attempts = await untilSucceeded(visitor, id, 'whose container was killed');
  if (from === null || attempts !== 2) throw new StackError(`The run whose container was killed went on from step ${from} and took ${attempts} attempts.`);
  if (Number(seconds) > killedSeconds) throw new StackError(`The run whose container was killed went on after ${seconds} s.`);
  say(`a run whose container was killed went on from step ${from} after ${seconds} s`);
}

const launched = async ({ name }: Project): Promise<string[]> =>
  (await run('docker', ['ps', '-aq', '--filter', `label=thaw.deployment=${name}`])).split('\n').filter((line) => line !== '');

/** No container of a worker is left: each ends when nothing has come for some seconds. */
async function untilNone(project: Project): Promise<void> {
  for (let second = 0; second < 90; second++) {
    if ((await launched(project)).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new StackError('A worker that has nothing to do does not end.');
}
