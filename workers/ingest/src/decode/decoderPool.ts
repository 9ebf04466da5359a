import type { ImageIssue, QuarantineCode, ReportFacts } from '@thaw/contract/report';
import { quarantineSentences } from '@thaw/contract/report';
import { IngestError } from '../ingestError.ts';
import type { PictureSize } from '@thaw/pictures/decodeImage';
import { startDecoder, type DecoderJob, type DecoderProcess, type DecoderSettings } from './decoderProcess.ts';
import type { PictureMarks } from './pictureMarks.ts';

export interface Picture extends PictureSize, PictureMarks {
  kind: 'picture';
  /** u8 [side, side, 3]. */
  pixels: Uint8Array;
  issues: ImageIssue[];
}
export interface Refused {
  kind: 'refused';
  code: QuarantineCode;
  message: string;
  facts?: ReportFacts | undefined;
}

export interface DecoderPool {
  /** Resolves as soon as another image may be handed in. Rejects when no decoder can work. */
  room(): Promise<void>;
  decode(bytes: Uint8Array, side: number): Promise<Picture | Refused>;
  /** Null where it is no image that could be decoded. */
  measure(bytes: Uint8Array): Promise<PictureSize | null>;
  /** Resolves when everything is answered. */
  settled(): Promise<void>;
  close(): void;
}

/** Images on the way in one process: enough to keep it busy, few enough to lose little with it. */
const jobsPerProcess = 8;
/** Files on their way in all of them together. One that is larger than this goes alone. */
const maxBytesUnderWay = 64 * 2 ** 20;
/** An upload that kills more decoders than this was made for that. */
const maxKilled = 100;

/**
 * Decodes in processes of their own: whatever an image does to its decoder costs that image alone.
 * @param processes how many; one a core
 */
export function createDecoderPool(processes: number, settings: DecoderSettings): DecoderPool {
  const decoders: DecoderProcess[] = [];
  const waiting: DecoderJob[] = [];
  let bytesUnderWay = 0;
  const underWay = new Set<DecoderJob>();
  let killed = 0;
  let failure: IngestError | null = null;
  let closed = false;
  const wakers: (() => void)[] = [];

  const free = (): boolean => waiting.length === 0 && bytesUnderWay < maxBytesUnderWay && decoders.some((decoder) => decoder.load() < jobsPerProcess);
  const distribute = (): void => {
    while (waiting.length > 0) {
      const decoder = decoders.reduce((least, other) => (other.load() < least.load() ? other : least));
      if (decoder.load() >= jobsPerProcess) break;
      decoder.send(waiting.shift() as DecoderJob);
    }
    for (const wake of wakers.splice(0)) wake();
  };
  const start = (slot: number): void => {
    decoders[slot] = startDecoder(settings, distribute, (end) => {
      if (closed) return;
      if (end.neverReady) {
        failure ??= new IngestError('internal_error', `The image decoder cannot be started: ${end.words.trim().slice(-500) || 'it ended at once'}`);
      } else if (end.culprit !== null && ++killed > maxKilled) {
        failure ??= new IngestError('invalid_archive', `More than ${maxKilled} files break the decoder or take too long. Leave out what is no ordinary image.`);
      }
      if (failure !== null) return fail(failure);
      start(slot);
      const code = end.slow ? 'too_slow' : 'decoder_crashed';
      end.culprit?.answered({ kind: 'refused', code, message: quarantineSentences[code] }, new Uint8Array());
      waiting.unshift(...end.waiting);
      distribute();
    });
  };
  const fail = (error: Error): void => {
    for (const job of underWay) job.failed(error);
    underWay.clear();
    for (const wake of wakers.splice(0)) wake();
  };
  for (let slot = 0; slot < processes; slot++) start(slot);

  const until = async (done: () => boolean): Promise<void> => {
    for (;;) {
      if (failure !== null) throw failure;
      if (done()) return;
      await new Promise<void>((resolve) => wakers.push(resolve));
    }
  };
  const submit = <T>(bytes: Uint8Array, side: number | null, read: (...answer: Parameters<DecoderJob['answered']>) => T): Promise<T> =>
    new Promise((resolve, reject) => {
      if (failure !== null) return reject(failure);
      const job: DecoderJob = {
        bytes,
        side,
        answered: (reply, pixels) => {
          bytesUnderWay -= bytes.length;
          underWay.delete(job);
          resolve(read(reply, pixels));
        },
        failed: reject,
      };
      bytesUnderWay += bytes.length;
      underWay.add(job);
      waiting.push(job);
      distribute();
    });

  return {
    room: () => until(free),
    decode: (bytes, side) =>
      submit(bytes, side, (reply, pixels): Picture | Refused => {
        if (reply.kind === 'picture') return { ...reply, colors: Buffer.from(reply.colors, 'hex'), pixels };
        return reply.kind === 'refused' ? reply : { kind: 'refused', code: 'corrupt', message: quarantineSentences.corrupt };
      }),
    measure: (bytes) => submit(bytes, null, (reply) => (reply.kind === 'size' ? { width: reply.width, height: reply.height } : null)),
    settled: () => until(() => underWay.size === 0),
    close: () => {
      closed = true;
      for (const decoder of decoders) decoder.kill();
    },
  };
}
