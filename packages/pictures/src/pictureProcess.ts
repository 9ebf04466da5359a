import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { createFrameReader, encodeFrame } from './frames.ts';

/** A picture on its way through a process. */
export interface PictureJob<R> {
  bytes: Uint8Array;
  answered(reply: R, body: Uint8Array): void;
}

export interface ProcessSettings<J, R> {
  /** The program: it reads frames on standard input and answers each on descriptor 3, in order, `readyFrame` before all others. */
  script: string;
  /** Of JavaScript alone, in MiB. */
  heap: number;
  /** For one picture; it is killed after that. */
  seconds: number;
  /** What its libraries read. */
  environment?: Readonly<Record<string, string>>;
  /** What it is told beside the bytes of the picture. */
  headerOf: (job: J) => unknown;
  parse: (header: unknown) => R;
}

export interface ProcessEnd<J> {
  /** What was being worked on. */
  culprit: J | null;
  /** What waited behind it. */
  waiting: J[];
  slow: boolean;
  /** It ended before it could work. */
  neverReady: boolean;
  /** Its last words. */
  words: string;
}

export interface PictureProcess<J> {
  /** Jobs that are not answered yet. */
  load(): number;
  send(job: J): void;
  /** Lets it finish nothing. */
  kill(): void;
}

const ready = z.object({ kind: z.literal('ready') });
/** What a process says once everything is loaded: one that ends before could not be started at all. */
export const readyFrame = Buffer.concat(encodeFrame({ kind: 'ready' } satisfies z.infer<typeof ready>, new Uint8Array()));

/** It gets nothing of our own environment: there are tokens in it. Few arenas keep its memory from growing. */
const ownEnvironment = { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };
const startSeconds = 60;

/**
 * Starts a process that works on pictures: whatever one does to it costs that picture alone. It answers in order, so that the first
 * job without an answer is the one that killed it.
 * @param onAnswer after each answer
 * @param onEnd once, when it has ended by itself or for taking too long
 */
export function startPictureProcess<R, J extends PictureJob<R>>({ script, heap, seconds, environment, headerOf, parse }: ProcessSettings<J, R>, onAnswer: () => void, onEnd: (end: ProcessEnd<J>) => void): PictureProcess<J> {
  const child = spawn(process.execPath, [`--max-old-space-size=${heap}`, script], { env: { ...ownEnvironment, ...environment }, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
  const [input, , errors, replies] = child.stdio as unknown as [NodeJS.WritableStream, null, Readable, Readable];
  const jobs: J[] = [];
  const read = createFrameReader();
  let isReady = false;
  let slow = false;
  let ended = false;
  let words = '';
  let timer: NodeJS.Timeout | undefined;

  const watch = (): void => {
    clearTimeout(timer);
    if (jobs.length > 0 || !isReady)
      timer = setTimeout(
        () => {
          slow = true;
          child.kill('SIGKILL');
        },
        (isReady ? seconds : startSeconds) * 1000,
      );
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    const culprit = isReady ? (jobs.shift() ?? null) : null;
    onEnd({ culprit, waiting: jobs, slow, neverReady: !isReady, words });
  };
  replies.on('data', (chunk: Buffer) => {
    for (const { header, body } of read(chunk)) {
      if (!isReady) isReady = ready.parse(header).kind === 'ready';
      else jobs.shift()?.answered(parse(header), body);
    }
    watch();
    onAnswer();
  });
  errors.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2000)));
  // A dying child's broken pipes say nothing that its end does not.
  for (const stream of [input, errors, replies]) stream.on('error', () => undefined);
  child.on('error', (error) => (words += error.message));
  child.on('close', end);
  watch();
  return {
    load: () => jobs.length,
    send: (job) => {
      jobs.push(job);
      for (const piece of encodeFrame(headerOf(job), job.bytes)) input.write(piece);
      if (jobs.length === 1) watch();
    },
    kill: () => {
      ended = true;
      clearTimeout(timer);
      child.kill('SIGKILL');
    },
  };
}
