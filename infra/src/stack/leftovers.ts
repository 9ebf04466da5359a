import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive, signalProcess, waitForEnd, type ProcessIdentity } from './processIdentity.ts';
import type { ServerProcess } from './serverProcess.ts';
import { StackError } from './stackError.ts';

/** The servers of a stack, noted on disk so that the next start can end those that outlived a crash. */
export class ProcessRecord {
  readonly #file: string;
  #noted: ProcessIdentity[] = [];

  constructor(stateFolder: string) {
    this.#file = path.join(stateFolder, 'processes.json');
  }

  note({ identity }: ServerProcess): void {
    this.#noted.push(identity);
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#noted));
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** All have ended. */
  clear(): void {
    this.#noted = [];
    rmSync(this.#file, { force: true });
  }

  /** Ends what is noted and still lives: the number and the start time are those of our process, so it is ours. */
  async endLeftovers(log: (line: string) => void): Promise<void> {
    const alive = this.#read().filter(isAlive);
    if (alive.length > 0) log(`ending ${alive.length} process${alive.length === 1 ? '' : 'es'} left over from an earlier start`);
    // SIGINT: PostgreSQL ends in order; the others keep everything on disk anyway.
    for (const { pid } of alive) signalProcess(pid, 'SIGINT');
    for (const identity of alive) {
      if (await waitForEnd(identity, 5000)) continue;
      signalProcess(-identity.pid, 'SIGKILL');
      if (!(await waitForEnd(identity, 5000))) throw new StackError(`Process ${identity.pid}, left over from an earlier start, cannot be ended.`);
    }
    this.clear();
  }

  #read(): ProcessIdentity[] {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as ProcessIdentity[];
    } catch {
      return [];
    }
  }
}
