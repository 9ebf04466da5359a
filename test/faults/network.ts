import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { findToxiproxy } from '@thaw/infra/stack/findToxiproxy';
import { freePorts } from '@thaw/infra/stack/freePorts';
import { startServer, waitUntilReady } from '@thaw/infra/stack/serverProcess';

/** A way between two parts, on which something may go wrong. */
export interface Link {
  /** Connections are refused, and those that are open are cut. */
  cut(): Promise<void>;
  /** Connections are taken, and nothing that is sent ever arrives. */
  silence(): Promise<void>;
  /** Each answer comes later, and, where it is said, not more than so many kilobytes a second. */
  slow(input: { latencyMs: number; kilobytesPerSecond?: number }): Promise<void>;
  mend(): Promise<void>;
}

/** Toxiproxy between the parts of a world. */
export interface Network {
  /** A way to `url`, which is to be used instead of it. */
  open(name: string, url: string): Promise<string>;
  link(name: string): Link;
  close(): Promise<void>;
}

export const missingToxiproxy = (): string | null => (findToxiproxy() === null ? 'toxiproxy is not here: run "npm test" once with Go installed' : null);

export async function startNetwork(folder: string): Promise<Network> {
  const binary = findToxiproxy();
  if (binary === null) throw new Error(missingToxiproxy() ?? '');
  const [port = 0] = await freePorts(1);
  const control = `http://127.0.0.1:${port}`;
  const logFile = path.join(folder, 'toxiproxy.log');
  const server = await startServer({ name: 'toxiproxy', command: binary, args: ['-host', '127.0.0.1', '-port', String(port)], logFile, stopSignal: 'SIGTERM', graceMilliseconds: 3000 });
  await waitUntilReady(server, logFile, () => fetch(`${control}/version`).then((reply) => reply.ok, () => false), 20_000);

  async function ask(method: string, at: string, body?: object): Promise<unknown> {
    const reply = await fetch(control + at, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    if (!reply.ok) throw new Error(`toxiproxy: ${method} ${at}: ${reply.status} ${await reply.text()}`);
    return reply.status === 204 ? null : reply.json();
  }
  const note = (text: string): void => appendFileSync(logFile, `${new Date().toISOString()} ${text}\n`);

  function link(name: string): Link {
    let mended = true;
    const begin = (what: string): void => {
      note(`${name}: ${what}`);
      mended = false;
    };
    const toxic = (stream: string, type: string, attributes: object) => ask('POST', `/proxies/${name}/toxics`, { name: `${type}-${stream}`, type, stream, attributes });
    return {
      cut: async () => {
        begin('cut');
        await ask('POST', `/proxies/${name}`, { enabled: false });
      },
      silence: async () => {
        begin('silent');
        for (const stream of ['upstream', 'downstream']) await toxic(stream, 'timeout', { timeout: 0 });
      },
      slow: async ({ latencyMs, kilobytesPerSecond }) => {
        begin('slow');
        await toxic('downstream', 'latency', { latency: latencyMs });
        for (const stream of kilobytesPerSecond === undefined ? [] : ['upstream', 'downstream']) await toxic(stream, 'bandwidth', { rate: kilobytesPerSecond });
      },
      mend: async () => {
        if (mended) return;
        note(`${name}: mended`);
        mended = true;
        // A toxic cannot be taken from a connection that it holds up; with a new proxy at the same place all connections are new.
        const { listen, upstream } = (await ask('GET', `/proxies/${name}`)) as { listen: string; upstream: string };
        await ask('DELETE', `/proxies/${name}`);
        await ask('POST', '/proxies', { name, listen, upstream, enabled: true });
      },
    };
  }
  return {
    open: async (name, url) => {
      const way = new URL(url);
      const { listen } = (await ask('POST', '/proxies', { name, listen: '127.0.0.1:0', upstream: way.host, enabled: true })) as { listen: string };
      way.host = listen;
      return way.href.replace(/\/$/, '');
    },
    link,
    close: server.stop,
  };
}
