import { answerFrames } from '@thaw/pictures/answerFrames';
import { decodeImage, measureImage } from '@thaw/pictures/decodeImage';
import type { Frame } from '@thaw/pictures/frames';
import { Quarantined } from '@thaw/pictures/quarantined';
import { decoderRequest, type DecoderReply } from './decoderMessages.ts';
import { markPicture } from './pictureMarks.ts';

/** A decoder process. It knows no network, no token and no file name. What kills it costs the worker one file. */
const nothing = new Uint8Array();

async function answer({ header, body }: Frame): Promise<{ header: DecoderReply; body: Uint8Array }> {
  const { side, pixels: limit } = decoderRequest.parse(header);
  try {
    if (side === null) return { header: { kind: 'size', ...(await measureImage(body, { pixels: limit })) }, body: nothing };
    const { pixels, width, height, issues } = await decodeImage(body, side, { pixels: limit });
    const { sha256, phash, colors } = markPicture(pixels, side);
    return { header: { kind: 'picture', width, height, issues, sha256, phash, colors: Buffer.from(colors).toString('hex') }, body: pixels };
  } catch (error) {
    if (!(error instanceof Quarantined)) throw error;
    return { header: { kind: 'refused', code: error.code, message: error.message, facts: error.facts }, body: nothing };
  }
}

await answerFrames(answer);
