import path from 'node:path';
import { exitCodes, type Command } from './commands/command.ts';

/** Each is loaded only when it is called for. */
const commands: ReadonlyMap<string | undefined, () => Promise<Command>> = new Map([
  ['train', async () => (await import('./commands/train.ts')).train],
  ['evaluate', async () => (await import('./commands/evaluate.ts')).evaluate],
  ['preview', async () => (await import('./commands/preview.ts')).preview],
  ['device', async () => (await import('./commands/device.ts')).deviceCommand],
  ['export', async () => (await import('./commands/export.ts')).exportCommand],
]);

async function main([name, ...args]: string[]): Promise<number> {
  const load = commands.get(name);
  if (load === undefined) {
    process.stderr.write(`the first argument is the command: ${[...commands.keys()].join(', ')}\n`);
    return exitCodes.wrongInput;
  }
  const run = await load();
  // npm runs a workspace's script in the workspace's folder; paths mean the folder in which npm was called.
  const from = process.env['INIT_CWD'] ?? '.';
  return run(args, (file) => path.resolve(from, file));
}

process.exitCode = await main(process.argv.slice(2));
// TensorFlow's threads would keep a finished process for a while.
process.exit();
