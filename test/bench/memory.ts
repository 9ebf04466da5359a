import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TrainerEvent } from '@thaw/contract/events';

/**
 * Resident memory of the trainer's process, in MB, on all of CIFAR-10 at batch 64 with the tutorial's augmentation: at some
 * full steps of the run, after 100 of them.
 */
export async function measureMemory(cifar10: string): Promise<{ steady: number; highest: number }> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-bench-'));
  const spec = path.join(folder, 'spec.json');
  fs.writeFileSync(spec, JSON.stringify({ model: { weights: 'none' }, schedule: { epochs: 1, freezeEpochs: 0 }, data: { testLimit: 1000 } }));
  const cli = path.join(import.meta.dirname, '../../workers/gpu/src/cli.ts');
  const child = spawn(process.execPath, [cli, 'train', '--spec', spec, '--data', cifar10, '--out', path.join(folder, 'out')], { stdio: ['ignore', 'pipe', 'ignore'] });
  const samples: number[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as TrainerEvent;
      if (event.type !== 'iteration' || event.step < 100) continue;
      samples.push(residentMegabytes(child.pid as number));
      if (event.step >= 250) break;
    }
  } finally {
    child.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return { steady: samples.at(-1) ?? NaN, highest: Math.max(...samples) };
}

function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
