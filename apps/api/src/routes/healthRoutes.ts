import { sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import type { App } from './httpContext.ts';

const secondsToAnswer = 3;

/** /healthz: this process runs. /readyz: it can serve, that is, it is not on its way out and reaches database and storage. */
export function addHealthRoutes(app: App, { db, storage }: Pick<Context<SystemCaller>, 'db' | 'storage'>, isClosing: () => boolean): void {
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    const [database, objects] = await Promise.all([answers(db.execute(sql`select 1`)), answers(storage.check())]);
    const ready = database && objects && !isClosing();
    return c.json({ status: ready ? 'ready' : 'not ready', database, storage: objects }, ready ? 200 : 503);
  });
}

async function answers(work: PromiseLike<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), secondsToAnswer * 1000).unref());
  const answer = Promise.resolve(work).then(
    () => true,
    () => false,
  );
  return Promise.race([answer, late]);
}
