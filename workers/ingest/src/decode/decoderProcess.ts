import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { decoderReply, type DecoderReply } from './decoderMessages.ts';
import { createFrameReader, encodeFrame } from './frames.ts';

type Answer = Exclude<DecoderReply, { kind: 'ready' }>;

/** An image on its way through a decoder. */
export interface DecoderJob {
  bytes: Uint8Array;
  /** Of the square to be stored; null: only the size is wanted. */
  side: number | null;
  answered(reply: Answer, pixels: Uint8Array): void;
  /** No decoder can work any more. */
  failed(error: Error): void;
}

export interface DecoderEnd {
  /** What was being worked on. */
  culprit: DecoderJob | null;
  /** What waited behind it. */
  waiting: DecoderJob[];
  slow: boolean;
  /** It ended before it could work. */
  neverReady: boolean;
  /** Its last words. */
  words: string;
}

export interface DecoderProcess {
  /** Jobs that are not answered yet. */
  load(): number;
  send(job: DecoderJob): void;
  /** Lets it finish nothing. */
  kill(): void;
}

export interface DecoderSettings {
  pixels: number;
  secondsPerImage: number;
}

const script = fileURLToPath(new URL('decoder.ts', import.meta.url));
/** It gets nothing of our environment: there are tokens in it. Few arenas keep its memory from growing. */
const environment = { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };
const startSeconds = 60;

/**
 * Starts a decoder. It answers in order, so that the first job without an answer is the one that killed it.
 * @param onAnswer after each answer
 * @param onEnd once, when it has ended by itself or for taking too long
 */
export function startDecoder({ pixels, secondsPerImage }: DecoderSettings, onAnswer: () => void, onEnd: (end: DecoderEnd) => void): DecoderProcess {
  const child = spawn(process.execPath, ['--max-old-space-size=256', script], { env: environment, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
  const [input, , errors, replies] = child.stdio as unknown as [NodeJS.WritableStream, null, Readable, Readable];
  const jobs: DecoderJob[] = [];
  const read = createFrameReader();
  let ready = false;
  let slow = false;
  let ended = false;
  let words = '';
  let timer: NodeJS.Timeout | undefined;

  const watch = (): void => {
    clearTimeout(timer);
    const seconds = ready ? secondsPerImage : startSeconds;
    if (jobs.length > 0 || !ready)
      timer = setTimeout(() => {
        slow = true;
        child.kill('SIGKILL');
      }, seconds * 1000);
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    const culprit = ready ? (jobs.shift() ?? null) : null;
    onEnd({ culprit, waiting: jobs, slow, neverReady: !ready, words });
  };
  replies.on('data', (chunk: Buffer) => {
    for (const { header, body } of read(chunk)) {
      const reply = decoderReply.parse(header);
      if (reply.kind === 'ready') ready = true;
      else jobs.shift()?.answered(reply, body);
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
      for (const piece of encodeFrame({ side: job.side, pixels }, job.bytes)) input.write(piece);
      if (jobs.length === 1) watch();
    },
    kill: () => {
      ended = true;
      clearTimeout(timer);
      child.kill('SIGKILL');
    },
  };
}
