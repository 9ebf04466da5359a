import { createHash } from 'node:crypto';
import { chownSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { StackError } from '../../src/stack/stackError.ts';
import { launcherFiles } from './launched.ts';
import type { Project } from './project.ts';
import { say, timed } from './say.ts';
import { startShortRun, untilSaid, untilSucceeded, type Visitor } from './shortRun.ts';
import { untilServed } from './signIn.ts';

/**
 * The README's backup while a run is under way in a launched container, everything lost with all volumes, and the README's restore: runs are as they
 * were, the one under way goes on, and the key of before opens it all.
 * @param succeededRun a run with an evaluation and curves
 */
export async function tryRestored(project: Project, visitor: Visitor, folder: string, succeededRun: string): Promise<void> {
  const backups = path.join(folder, 'backups');
  mkdirSync(backups, { mode: 0o700 });
  // As someone who is not root, also where root runs this.
  const user = process.getuid?.() || 1000;
  chownSync(backups, user, process.getgid?.() ?? user);
  const command = (...words: string[]) => project.compose(['run', '--rm', '-u', String(user), '-v', `${backups}:/backups`, 'setup', 'node', ...words]);
  const backUp = () => command('infra/src/backup.ts', '--to', '/backups');

  const under = await startShortRun(visitor, 12);
  await untilSaid(visitor, under, (event) => event.type === 'iteration' && event.epoch === 3);
  await timed('backup', backUp);
  const before = await whatItHas(visitor, succeededRun);
  await timed('down, with the volumes', async () => {
    await project.compose(['stop', 'dispatcher'], launcherFiles);
    await project.compose(['down', '-v', '-t', '5'], launcherFiles);
  });
  await timed('restore', () => command('infra/src/restore.ts', '--from', '/backups'));
  await timed('up again', async () => {
    await project.compose(['up', '-d']);
    await untilServed(project.web);
  });
  const after = await whatItHas(visitor, succeededRun);
  for (const [what, hash] of Object.entries(before)) if (after[what] !== hash) throw new StackError(`${what} of ${succeededRun} is not what it was before the restore.`);
  const attempts = await timed('the run that was under way went on to its end', () => untilSucceeded(visitor, under, 'that was under way at the backup'));
  if (attempts !== 2) throw new StackError(`The run that was under way at the backup took ${attempts} attempts.`);
  say((await timed('backup of what was restored', backUp)).trim());
}

/** Hashes of what can be read of a run, by address. */
async function whatItHas({ access }: Visitor, runId: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const what of ['', '/metrics', '/logs', '/evaluation', '/checkpoints', '/checkpoints/last/safetensors', '/checkpoints/last/onnx']) {
    const reply = await fetch(`${access.url}/v1/runs/${runId}${what}`, { headers: { authorization: `Bearer ${access.key}` } });
    if (!reply.ok) throw new StackError(`GET ${what} of ${runId} was answered with ${reply.status}: ${(await reply.text()).slice(0, 300)}`);
    found[what] = createHash('sha256').update(new Uint8Array(await reply.arrayBuffer())).digest('hex');
  }
  return found;
}
