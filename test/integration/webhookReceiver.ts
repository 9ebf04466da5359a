import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  path: string;
  id: string;
  headers: IncomingHttpHeaders;
  body: string;
  at: number;
}

/** What the receiver does with a message. */
export type Answer = (reply: ServerResponse, received: Received) => void;

export const accept: Answer = (reply) => reply.writeHead(204).end();
export const refuse: (status: number, text?: string, headers?: Record<string, string>) => Answer =
  (status, text = '', headers = {}) =>
  (reply) =>
    reply.writeHead(status, headers).end(text);
/** Takes the request and never answers. */
export const hang: Answer = () => undefined;

export interface Receiver {
  url: string;
  port: number;
  received: Received[];
  /** TCP connections that were opened to it. */
  connections: () => number;
  /** Requests that are not answered yet, at most at one time. */
  mostAtOnce: () => number;
  answerWith: (answer: Answer) => void;
  close: () => Promise<void>;
}

/** A receiver of webhooks on this machine that notes what comes. */
export async function startReceiver(first: Answer = accept): Promise<Receiver> {
  let answer = first;
  let connections = 0;
  let open = 0;
  let most = 0;
  const received: Received[] = [];
  const server = createServer((request, reply) => {
    most = Math.max(most, ++open);
    reply.on('close', () => open--);
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const one = { path: request.url ?? '', id: String(request.headers['webhook-id']), headers: request.headers, body, at: performance.now() };
      received.push(one);
      answer(reply, one);
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    connections: () => connections,
    mostAtOnce: () => most,
    answerWith: (other) => (answer = other),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The message, where its signature is the secret's. @throws where it is not */
export const verified = (secret: string, { body, headers }: Received): unknown => new Webhook(secret).verify(body, headers as Record<string, string>);
