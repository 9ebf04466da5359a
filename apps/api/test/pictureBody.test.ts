import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../src/errors.ts';
import type { AppEnv } from '../src/routes/httpContext.ts';
import { pictureBody } from '../src/routes/pictureBody.ts';

const app = new Hono<AppEnv>();
app.post('/', async (c) => c.json((await pictureBody(c, { seconds: 0.2 })()).length));
app.onError((error, c) => c.text(error instanceof ApiError ? error.kind : String(error), 400));

const send = (pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void): Promise<Response> => {
  const request: RequestInit & { duplex: 'half' } = { method: 'POST', headers: { 'content-type': 'image/png' }, body: new ReadableStream<Uint8Array>({ pull }), duplex: 'half' };
  return Promise.resolve(app.request('/', request));
};

describe('a picture that is sent', () => {
  it('is read whole', async () => {
    let left = 3;
    const response = await send((controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(100)) : controller.close()));
    expect(await response.text()).toBe('300');
  });

  it('does not keep its place for as long as its sender likes', async () => {
    let first = true;
    const response = await send((controller) => {
      if (first) controller.enqueue(new Uint8Array(100));
      first = false;
      return new Promise<void>(() => undefined);
    });
    expect(await response.text()).toBe('invalid-request');
  });
});
