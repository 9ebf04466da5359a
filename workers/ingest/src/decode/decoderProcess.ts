import { startPictureProcess, type PictureJob, type PictureProcess, type ProcessEnd } from '@thaw/pictures/pictureProcess';
import { fileURLToPath } from 'node:url';
import { decoderReply, type DecoderReply } from './decoderMessages.ts';

/** An image on its way through a decoder. */
export interface DecoderJob extends PictureJob<DecoderReply> {
  /** Of the square to be stored; null: only the size is wanted. */
  side: number | null;
  /** No decoder can work any more. */
  failed(error: Error): void;
}

export type DecoderProcess = PictureProcess<DecoderJob>;

export interface DecoderSettings {
  pixels: number;
  secondsPerImage: number;
}

const script = fileURLToPath(new URL('decoder.ts', import.meta.url));

/** Starts a decoder. */
export const startDecoder = ({ pixels, secondsPerImage }: DecoderSettings, onAnswer: () => void, onEnd: (end: ProcessEnd<DecoderJob>) => void): DecoderProcess =>
  startPictureProcess(
    { script, heap: 256, seconds: secondsPerImage, headerOf: ({ side }: DecoderJob) => ({ side, pixels }), parse: (header) => decoderReply.parse(header) },
    onAnswer,
    onEnd,
  );
