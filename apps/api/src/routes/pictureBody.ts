import { maxPictureBytes } from '@thaw/contract/predict';
import type { Context } from 'hono';
import { ApiError, invalid } from '../errors.ts';
import type { AppEnv } from './httpContext.ts';

const mebibyte = 2 ** 20;
/** For what a form has around its picture. */
const formBytes = 2 ** 16;
/** For all of a picture to arrive: meanwhile it has one of few places. */
const arrivalSeconds = 30;

const tooSlow = () => new ApiError('invalid-request', 'The picture did not arrive in time. Send a smaller one, or over a faster connection.');
const tooLarge = () => new ApiError('payload-too-large', `A picture may have ${maxPictureBytes / mebibyte} MiB at most. Send a smaller one.`);

/**
 * The picture of a request whose body is not read yet: the body itself, or the first file of a form. What it is, its bytes will say.
 * @returns what reads it, so that nothing is held before there is room
 * @throws unsupported-media-type, payload-too-large: what the head of the request tells already
 */
export function pictureBody(c: Context<AppEnv>, { seconds = arrivalSeconds } = {}): () => Promise<Uint8Array> {
  const contentType = c.req.header('content-type') ?? '';
  const isForm = /^multipart\/form-data *;/i.test(contentType);
  if (!isForm && !/^(image\/|application\/octet-stream\b)/i.test(contentType))
    throw new ApiError('unsupported-media-type', 'Send the picture as the body, with "Content-Type: image/jpeg" or whatever image it is, or as the field "image" of a form (multipart/form-data).');
  const most = isForm ? maxPictureBytes + formBytes : maxPictureBytes;
  if (Number(c.req.header('content-length') ?? 0) > most) throw tooLarge();
  return async () => {
    const body = await readBounded(c.req.raw.body, { most, seconds });
    const picture = isForm ? await fileOf(body, contentType) : body;
    if (picture.length === 0) throw invalid([{ path: 'image', message: 'there is none: the body is empty' }]);
    if (picture.length > maxPictureBytes) throw tooLarge();
    return picture;
  };
}

async function readBounded(body: ReadableStream<Uint8Array> | null, { most, seconds }: { most: number; seconds: number }): Promise<Buffer<ArrayBuffer>> {
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let late = false;
  const cancel = (): void => void reader?.cancel().catch(() => undefined);
  const timer = setTimeout(() => {
    late = true;
    cancel();
  }, seconds * 1000);
  try {
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      size += next.value.length;
      if (size > most) throw tooLarge();
      chunks.push(next.value);
    }
  } finally {
    clearTimeout(timer);
    if (size > most) cancel();
  }
  if (late) throw tooSlow();
  return Buffer.concat(chunks);
}

async function fileOf(body: Buffer<ArrayBuffer>, contentType: string): Promise<Uint8Array> {
  let form: FormData;
  try {
    form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch (error) {
    throw new ApiError('invalid-request', 'The form cannot be read. Send it as multipart/form-data, with the picture as the field "image".', { cause: error });
  }
  const file = [...form.values()].find((value) => typeof value !== 'string');
  if (file === undefined) throw invalid([{ path: 'image', message: 'the form has no file; send the picture as the field "image"' }]);
  return new Uint8Array(await file.arrayBuffer());
}
