import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { trainerEvent, type EventOf, type TrainerEvent } from '@thaw/contract/events';

const cli = path.join(import.meta.dirname, '../src/cli.ts');

export interface TrainerRun {
  exitCode: number | null;
  events: TrainerEvent[];
  stderr: string;
}

/** Runs the trainer's command line as a user would; `watch` sees each event as it comes. */
export function runTrainer(folder: string, spec: unknown, args: string[], watch: (event: TrainerEvent, child: ChildProcess) => void = () => {}): Promise<TrainerRun> {
  const specFile = path.join(folder, 'spec.json');
  fs.writeFileSync(specFile, typeof spec === 'string' ? spec : JSON.stringify(spec));
  const child = spawn(process.execPath, [cli, 'train', '--spec', specFile, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const events: TrainerEvent[] = [];
  let [rest, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() as string;
    for (const line of lines) {
      const event = trainerEvent.parse(JSON.parse(line));
      events.push(event);
      watch(event, child);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, events, stderr })));
}

export function eventsOf<T extends TrainerEvent['type']>(events: readonly TrainerEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}
