import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { StepName } from './peers/answer.ts';

/** A process that runs steps when it is asked to, and sleeps in between. */
export class Peer {
  readonly name: string;
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  constructor(name: string, command: string, args: readonly string[]) {
    this.name = name;
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    if (this.child.stdout === null) throw new Error('the peer has no output');
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** Milliseconds of each of `count` steps. */
  async measure(step: StepName, count: number): Promise<number[]> {
    this.child.stdin?.write(`${JSON.stringify({ step, count })}\n`);
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error(`the peer ${this.name} ended without an answer`);
    return JSON.parse(value) as number[];
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
