import { createHash } from 'node:crypto';
import type { Problem } from '@thaw/contract/problems';
import { taskPaths, type TaskTicket } from '@thaw/contract/tasks';
import { caller, type Api } from './apiHarness.ts';

const hexOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A task worker driven by hand. Null when no task waits. */
export async function claimTask(api: Api, name = 'task hand') {
  const worker = { name, device: { type: 'cpu', name: 'hand' } };
  const reply = await caller(api.url, api.workerToken)<TaskTicket>('POST', taskPaths.claim, { worker });
  if (reply.status === 204) return null;
  if (reply.status !== 200) throw new Error(`claim: ${reply.status} ${JSON.stringify(reply.body)}`);
  return taskOf(api, reply.body);
}

function taskOf(api: Api, ticket: TaskTicket) {
  const call = caller(api.url, ticket.attemptToken);
  const post = <T = Problem>(name: Parameters<typeof taskPaths.ofTask>[1], body: object, task = ticket.task) =>
    call<T>('POST', taskPaths.ofTask(task, name), { attempt: ticket.attempt, ...body });
  const put = async (name: string, content: string | Buffer) => {
    const bytes = Buffer.from(content);
    const reply = await post<{ key: string; url: string }>('uploads', { name, bytes: bytes.length });
    if (reply.status !== 200) throw new Error(`uploads: ${reply.status} ${JSON.stringify(reply.body)}`);
    const sent = await fetch(reply.body.url, { method: 'PUT', body: new Uint8Array(bytes) });
    if (!sent.ok) throw new Error(`PUT: ${sent.status} ${await sent.text()}`);
    return { name, key: reply.body.key, bytes: bytes.length, sha256: hexOf(bytes) };
  };
  const succeed = (files: object[], findings: object) => post('finish', { outcome: { status: 'succeeded', files, findings } });
  return {
    ticket,
    post,
    put,
    succeed,
    heartbeat: () => post<{ action: string }>('heartbeat', {}),
    fail: (code: string) => post('finish', { outcome: { status: 'failed', code, message: 'a message' } }),
    stop: () => post('finish', { outcome: { status: 'stopped' } }),
    /** Does all that a worker does: brings files whose content says what they are. */
    complete: async () => {
      const { work } = ticket;
      if (work.kind === 'preview')
        return succeed([await put('preview.png', `picture of ${ticket.task}`)], { kind: 'preview', images: [{ index: 3, class: 'cat' }], width: 100, height: 50 });
      const beside = work.with.map((name) => (name === 'card' ? 'card.md' : 'predict.py'));
      const files = [];
      for (const name of [`model.${work.format}`, ...beside]) files.push(await put(name, `${name} of ${ticket.task}`));
      return succeed(files, { kind: 'export', largestDifference: 1e-6 });
    },
  };
}
