import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy before the S3 server with faults on demand. It passes the Host header on, so that signatures stay valid. */
export interface StorageProxy {
  url: string;
  /** A status to answer with in the storage's place, or null to pass the request on. */
  fault: (request: { method: string; path: string }) => number | null;
  /** Requests that were answered with a fault. */
  refused: number;
  close(): Promise<void>;
}

export async function startStorageProxy(endpoint: string): Promise<StorageProxy> {
  const target = new URL(endpoint);
  const proxy: StorageProxy = { url: '', fault: () => null, refused: 0, close: () => Promise.resolve() };

  const forward = (incoming: IncomingMessage, reply: ServerResponse): void => {
    const { method, headers, url: path } = incoming;
    const onward = request({ host: target.hostname, port: target.port, method, path, headers, setHost: false }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    onward.on('error', () => reply.destroy());
    incoming.on('error', () => onward.destroy());
    incoming.pipe(onward);
  };
  const server = createServer((incoming, reply) => {
    const status = proxy.fault({ method: incoming.method ?? '', path: incoming.url ?? '' });
    if (status === null) return forward(incoming, reply);
    proxy.refused += 1;
    incoming.resume();
    reply.writeHead(status, { 'content-type': 'application/xml' }).end('<Error><Code>SlowDown</Code></Error>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy.close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return proxy;
}
