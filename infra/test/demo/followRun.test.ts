import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiProblem } from '../../src/demo/apiClient.ts';
import { followRun, type RunMessage } from '../../src/demo/followRun.ts';

// A server whose connections break where a test wants it; that the API itself speaks like this is shown by test/e2e/demo.test.ts.
type Answer = (reply: ServerResponse, request: IncomingMessage) => void;
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** Answers the n-th connection with the n-th answer, and gives the Last-Event-ID of each. */
async function serve(...answers: Answer[]): Promise<{ url: string; positions: (string | undefined)[] }> {
  const positions: (string | undefined)[] = [];
  const server = createServer((request, reply) => {
    positions.push(request.headers['last-event-id'] as string | undefined);
    answers[positions.length - 1]?.(reply, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => (server.closeAllConnections(), server.close()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, positions };
}

const log = (step: number) => ({ type: 'log', step, level: 'info', message: `step ${step}` });
const batch = (id: number, ...events: unknown[]): string => `event: batch\nid: ${id}\ndata: ${JSON.stringify({ attempt: 1, events })}\n\n`;
const end = 'event: end\nid: 9-end\ndata: {"status":"succeeded"}\n\n';
const send =
  (...parts: string[]): Answer =>
  (reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts) reply.write(part);
  };
const sendThen =
  (then: (reply: ServerResponse) => void, ...parts: string[]): Answer =>
  (reply, request) => {
    send(...parts)(reply, request);
    setTimeout(() => then(reply), 20);
  };

async function follow(url: string, signal = new AbortController().signal, silenceMilliseconds = 5000): Promise<RunMessage[]> {
  const seen: RunMessage[] = [];
  for await (const message of followRun({ url, key: 'key', runId: 'run_1', signal, silenceMilliseconds })) seen.push(message);
  return seen;
}
const steps = (messages: readonly RunMessage[]) => messages.flatMap((message) => (message.type === 'batch' ? message.events.map(({ step }) => step) : []));

describe('following a run', () => {
  it('goes on after the last batch when the connection breaks or ends, and stops at the end', async () => {
    const { url, positions } = await serve(
      sendThen((reply) => reply.destroy(), 'retry: 10\n\n', batch(3, log(1)), batch(5, log(2)), 'event: batch\nid: 6\ndata: {"att'),
      sendThen((reply) => reply.end(), batch(6, log(3))),
      send(batch(9, log(4)), end),
    );
    const seen = await follow(url);
    expect(positions).toEqual([undefined, '5', '6']);
    expect(steps(seen)).toEqual([1, 2, 3, 4]);
    expect(seen.map(({ type }) => type)).toEqual(['batch', 'batch', 'reconnecting', 'batch', 'reconnecting', 'batch', 'end']);
  });

  it('takes a silent stream for dead', async () => {
    const { url, positions } = await serve(send('retry: 10\n\n', batch(1, log(1))), send(end));
    const seen = await follow(url, undefined, 200);
    expect(positions).toEqual([undefined, '1']);
    expect(seen).toContainEqual({ type: 'reconnecting', reason: 'the stream fell silent', milliseconds: 10 });
  });

  it('comes back after answers that pass, such as 503', async () => {
    const { url } = await serve(send('retry: 10\n\n'), (reply) => reply.writeHead(503).end('away'), send(end));
    const seen = await follow(url, undefined, 100);
    expect(seen.at(-1)).toEqual({ type: 'end', status: 'succeeded' });
  });

  it("fails with the API's words where trying again is of no use", async () => {
    const words = { type: 'urn:thaw:problem:not-found', title: 'Not found', status: 404, detail: 'There is no run here.' };
    const { url } = await serve((reply) => reply.writeHead(404, { 'content-type': 'application/problem+json' }).end(JSON.stringify(words)));
    await expect(follow(url)).rejects.toThrow(new ApiProblem(404, 'There is no run here.'));
    const broken = await serve(send('event: batch\ndata: {"attempt":"one"}\n\n'));
    await expect(follow(broken.url)).rejects.toThrow(/^A message "batch" of the event stream is not what the contract says/);
  });

  it('leaves out kinds of messages and events that it does not know', async () => {
    const { url } = await serve(send('event: news\ndata: {}\n\n', batch(1, { type: 'news', step: 1 }, log(2)), end));
    expect(steps(await follow(url))).toEqual([2]);
  });

  it('ends at once when told to, with the reason', async () => {
    const { url } = await serve(send(batch(1, log(1))));
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('SIGINT')), 100);
    await expect(follow(url, stop.signal)).rejects.toThrow('SIGINT');
  });

  it('ends at once also while it waits to try again', async () => {
    const { url } = await serve((reply) => reply.writeHead(503).end());
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('SIGINT')), 100);
    const start = Date.now();
    await expect(follow(url, stop.signal)).rejects.toThrow('SIGINT');
    expect(Date.now() - start).toBeLessThan(900);
  });
});
