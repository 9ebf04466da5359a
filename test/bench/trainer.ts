import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TrainerEvent } from '@thaw/contract/events';

export interface TrainerOrder {
  /** A run spec with any field left out; it starts from random weights where `weights` names no file. */
  spec: Record<string, unknown>;
  /** Folder of CIFAR-10's binary files. */
  data: string;
  weights?: string | undefined;
}

/** What the trainer says, as a process of its own, and what that process takes. It is killed when nobody listens any more. */
export async function* trainerEvents({ spec, data, weights }: TrainerOrder): AsyncGenerator<{ event: TrainerEvent; usage: () => Usage }> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-bench-'));
  const file = path.join(folder, 'spec.json');
  fs.writeFileSync(file, JSON.stringify({ ...spec, model: { weights: weights === undefined ? 'none' : 'imagenet1k_v1' } }));
  const cli = path.join(import.meta.dirname, '../../workers/gpu/src/cli.ts');
  const args = ['train', '--spec', file, '--data', data, '--out', path.join(folder, 'out'), ...(weights === undefined ? [] : ['--weights', weights])];
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const usage = (): Usage => usageOf(child.pid as number);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as TrainerEvent;
      if (event.type === 'finished' && event.status === 'failed') throw new Error(`the trainer failed: ${event.failure?.message}`);
      yield { event, usage };
    }
  } finally {
    child.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Of a process so far: its resident memory in MB, and the seconds that processors have worked for it. */
export interface Usage {
  resident: number;
  processorSeconds: number;
}

/** The kernel's clock of processor time ticks 100 times a second on Linux, whatever the processor. */
const ticksPerSecond = 100;

export function usageOf(pid: number): Usage {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  // The fields after the command's name, which may hold spaces: user and system time are the 14th and 15th of all.
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return { resident: Number(kilobytes) / 1024, processorSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond };
}
