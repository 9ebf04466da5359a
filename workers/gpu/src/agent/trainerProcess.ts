import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { trainerEvent, type EventOf, type TrainerEvent } from '@thaw/contract/events';
import { readLines } from './readLines.ts';
import { watchSilence } from './watchSilence.ts';

export interface TrainerOptions {
  /** Program and first arguments; `args` follow. */
  command: readonly [string, ...string[]];
  args: readonly string[];
  environment: NodeJS.ProcessEnv;
  /** Events in order, some at a time. No more are read until the promise resolves. */
  onEvents: (events: TrainerEvent[]) => Promise<void>;
  /** Lines that are no event, and everything from standard error. */
  onWords: (line: string) => void;
  /** A trainer that says nothing for so long hangs, and is killed. */
  silenceMs?: number;
}

/** How a trainer ended, before anyone judges it. */
export interface TrainerEnd {
  finished: EventOf<'finished'> | null;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last lines that were no events. */
  words: string[];
  /** Milliseconds of silence after which it was killed; null where it was not. */
  hungMs: number | null;
}

export interface TrainerProcess {
  readonly pid: number | undefined;
  /** Resolves when the process is gone and all its events are handled; rejects when `onEvents` did (the process is killed). */
  readonly ended: Promise<TrainerEnd>;
  /** Its files are there: it may open them. */
  begin(): void;
  /** Asks for a checkpoint and the end; takes the end by force after `graceMs`. */
  stop(graceMs: number): void;
  kill(): void;
}

/** A panel of 32 images with 1,000 probabilities is the longest event. */
const maxEventChars = 2 ** 20;
const maxWordChars = 2000;
const keptWords = 100;
/** How long the pipes may stay open after the process is gone. */
const pipesMs = 10_000;

/**
 * Starts a trainer as a process of its own, with its events on standard output. A supervised one loads its engine and waits for a line on
 * its standard input before it opens a file; that stays open for as long as this process lives, and the trainer ends when it closes. It is
 * no member of our process group, so that Ctrl-C in a terminal reaches it once, through us.
 */
export function startTrainer({ command: [program, ...first], args, environment, onEvents, onWords, silenceMs = Infinity }: TrainerOptions): TrainerProcess {
  const child = spawn(program, [...first, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: environment, detached: true });
  // Without a listener a dying child's EPIPE would end this process.
  child.stdin.on('error', () => {});
  const words: string[] = [];
  let finished: EventOf<'finished'> | null = null;

  let hungMs: number | null = null;
  const watch = watchSilence(silenceMs, () => {
    hungMs = silenceMs;
    child.kill('SIGKILL');
  });

  let begun = false;
  const heard = (): void => {
    // Until it may begin it has nothing to say.
    if (begun) watch.begin();
  };
  watch.pause();
  const hear = (line: string): void => {
    const bounded = line.slice(0, maxWordChars);
    if (words.push(bounded) > keptWords) words.shift();
    onWords(bounded);
  };
  const readEvents = async (): Promise<void> => {
    for await (const lines of readLines(child.stdout, maxEventChars)) {
      const events: TrainerEvent[] = [];
      for (const line of lines) {
        const event = parseEvent(line);
        if (event === null) hear(line);
        else events.push(event);
        if (event?.type === 'finished') finished = event;
      }
      // While we keep it waiting it cannot speak.
      watch.pause();
      if (events.length > 0) await onEvents(events);
      heard();
    }
  };
  const readWords = async (): Promise<void> => {
    for await (const lines of readLines(child.stderr, maxWordChars)) {
      heard();
      lines.forEach(hear);
    }
  };

  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('error', (error) => {
      hear(`the trainer cannot be started or signalled: ${error.message}`);
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const handleAll = async (): Promise<TrainerEnd> => {
    const reading = Promise.all([readEvents(), readWords()]);
    reading.catch(() => child.kill('SIGKILL'));
    const { code, signal } = await exited;
    // A stray grandchild could hold the pipes open for ever: what has not come by then is given up.
    const enough = new AbortController();
    await Promise.race([reading, sleep(pipesMs, undefined, { signal: enough.signal }).catch(() => undefined)]).finally(() => enough.abort());
    child.stdout.destroy();
    child.stderr.destroy();
    return { finished, code, signal, words, hungMs };
  };
  const ended = handleAll();

  let force: NodeJS.Timeout | undefined;
  void exited.then(() => {
    clearTimeout(force);
    watch.end();
  });
  return {
    pid: child.pid,
    ended,
    begin: () => {
      begun = true;
      watch.begin();
      child.stdin.write('\n');
    },
    stop: (graceMs) => {
      // A timer for who is gone would hold up the end of this worker.
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      force ??= setTimeout(() => child.kill('SIGKILL'), graceMs);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function parseEvent(line: string): TrainerEvent | null {
  if (!line.startsWith('{')) return null;
  try {
    return trainerEvent.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
