import { createHash } from 'node:crypto';
import { get } from 'node:http';
import type { TrainerEvent } from '@thaw/contract/events';
import type { Run } from '@thaw/contract/runs';
import { anyStorage, caller, claim, iteration, smallRun, startApi, started, until } from '../integration/apiHarness.ts';
import { startProcess } from './apiProcess.ts';
import { median } from './peer.ts';

export interface FollowerFigures {
  /** Resident MB of the API process: with nobody there, with all connected, and the highest of all. */
  resident: { alone: number; connected: number; highest: number };
  /** Followers that have had each batch once and in order. */
  complete: number;
  /** Milliseconds from the post of a batch to its being at all followers. */
  delay: { median: number; highest: number };
}

/** Followers of one run over server-sent events on one API process, while batches of a fast trainer come to the same process. */
export async function measureFollowers({ followers: count = 1000, batches = 200, perBatch = 25 } = {}): Promise<FollowerFigures> {
  const api = await startApi({ s3: anyStorage });
  try {
    const owner = await api.person('owner', ['runs']);
    const { id } = (await owner.call<Run>('POST', '/v1/runs', smallRun)).body;
    const server = await startProcess('apps/api/src/server.ts', { ...api.environment, LOG_LEVEL: 'warn', REQUESTS_PER_MINUTE: '0' }, '/healthz');
    const resident = (): number => server.usage().resident;
    let highest = 0;
    const sampling = setInterval(() => (highest = Math.max(highest, resident())), 100);
    try {
      const call = caller(server.url, owner.key);
      await call('GET', `/v1/runs/${id}`);
      const alone = resident();
      const attempt = await claim({ ...api, url: server.url }, id);
      if (attempt === null) throw new Error('there is no run to claim');
      const followers = Array.from({ length: count }, () => follow(`${server.url}/v1/runs/${id}/events`, owner.key));
      await until('all are connected', () => Promise.resolve(followers.every(({ seen }) => seen() >= 0)), 60);
      const connected = resident();
      const delays: number[] = [];
      for (let seq = 0; seq < batches; seq++) {
        const events: TrainerEvent[] = seq === 0 ? [started()] : Array.from({ length: perBatch }, (_, n) => iteration((seq - 1) * perBatch + n + 1));
        const begun = performance.now();
        if ((await attempt.events(seq, events)).status !== 204) throw new Error('a batch was refused');
        await until('the batch is at all followers', () => Promise.resolve(followers.every(({ seen }) => seen() > seq)), 60, 2);
        delays.push(performance.now() - begun);
      }
      await attempt.finish('succeeded');
      await Promise.all(followers.map(({ ended }) => ended));
      const whole = createHash('sha256');
      for (let after = '', over = false; !over; ) {
        const page = (await call<{ messages: { event: string; id: string | null; data: unknown }[]; after: string; ended: boolean }>('GET', `/v1/runs/${id}/updates?after=${after}`)).body;
        for (const message of page.messages) if (message.event === 'batch') whole.update(`${message.id} ${JSON.stringify(message.data)}\n`);
        ({ after, ended: over } = page);
      }
      const expected = whole.digest('hex');
      const complete = followers.filter(({ digest }) => digest() === expected).length;
      return { resident: { alone, connected, highest: Math.max(highest, resident()) }, complete, delay: { median: median(delays), highest: Math.max(...delays) } };
    } finally {
      clearInterval(sampling);
      await server.stop();
    }
  } finally {
    await api.stop();
  }
}

/** A follower that keeps no more than a count and a hash of what it was told. */
function follow(url: string, key: string): { seen: () => number; digest: () => string; ended: Promise<void> } {
  const hash = createHash('sha256');
  // Below 0: not connected.
  let seen = -1;
  let text = '';
  const take = (block: string): void => {
    const [, event, id, data] = /^event: (\w+)(?:\nid: (\S+))?\ndata: (.*)$/.exec(block) ?? [];
    if (event === 'run' && seen < 0) seen = 0;
    if (event !== 'batch') return;
    hash.update(`${id} ${data}\n`);
    seen++;
  };
  const ended = new Promise<void>((resolve, reject) => {
    get(url, { agent: false, headers: { authorization: `Bearer ${key}` } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`a follower got ${response.statusCode}`));
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        blocks.forEach(take);
      });
      response.once('end', resolve).once('error', reject);
    }).once('error', reject);
  });
  return { seen: () => seen, digest: () => hash.copy().digest('hex'), ended };
}
