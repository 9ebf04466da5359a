import { answerFrames } from '@thaw/pictures/answerFrames';
import { decodeImage, type DecodedPicture } from '@thaw/pictures/decodeImage';
import type { Frame } from '@thaw/pictures/frames';
import { Quarantined } from '@thaw/pictures/quarantined';
import { storedSide } from '@thaw/prediction/exportedModel';
import { likeliest } from '@thaw/prediction/likeliest';
import { networkInput } from '@thaw/prediction/networkInput';
import { openModel, type Model } from './openModel.ts';
import { predictorRequest, type PredictorReply } from './predictorMessages.ts';

/**
 * A predictor process: decodes a picture and asks networks what is on it. It gets files of networks and bytes of pictures, and knows no
 * network of the other kind, no key and no token: a picture that takes it over has nothing.
 */

/** Of two runs and what they started from. */
const mostOpen = 4;
/** The last one used comes last. */
const open = new Map<string, Model>();

async function modelAt(path: string): Promise<Model> {
  const model = open.get(path) ?? (await openModel(path));
  open.delete(path);
  open.set(path, model);
  for (const [other, { close }] of open) {
    if (open.size <= mostOpen) break;
    open.delete(other);
    await close();
  }
  return model;
}

async function predict(bytes: Uint8Array, paths: readonly string[], pixels: number): Promise<PredictorReply> {
  const models = [];
  try {
    for (const path of paths) models.push(await modelAt(path));
  } catch (error) {
    return { kind: 'broken', message: error instanceof Error ? error.message : String(error) };
  }
  const started = performance.now();
  const decoded = new Map<number, DecodedPicture>();
  const said = [];
  let size = { width: 0, height: 0 };
  for (const model of models) {
    const side = storedSide(model);
    const picture = decoded.get(side) ?? (await decodeImage(bytes, side, { pixels }));
    decoded.set(side, picture);
    size = { width: picture.width, height: picture.height };
    const logits = await model.logits(networkInput(picture.pixels, side, model.transform));
    said.push(likeliest(logits, model.classes));
  }
  return { kind: 'predicted', likeliest: said, ...size, milliseconds: Math.round((performance.now() - started) * 10) / 10 };
}

async function answer({ header, body }: Frame): Promise<{ header: PredictorReply; body: Uint8Array }> {
  const { models, pixels } = predictorRequest.parse(header);
  const nothing = new Uint8Array();
  try {
    return { header: await predict(body, models, pixels), body: nothing };
  } catch (error) {
    if (!(error instanceof Quarantined)) throw error;
    return { header: { kind: 'refused', code: error.code, message: error.message }, body: nothing };
  }
}

await answerFrames(answer);
