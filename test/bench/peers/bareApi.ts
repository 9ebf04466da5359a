import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import postgres from 'postgres';

/** The least that can answer: one query of the rows of one owner, sent as they are. */
const { DATABASE_URL = '', OWNER = '', PORT } = process.env;
const sql = postgres(DATABASE_URL, { max: 10 });
const columns = sql`id, name, tags, edition, status, spec, companion_of, companion_kind, dataset_id, dataset_version, priority, attempt, stop_requested_at, epoch, step,
  steps_per_epoch, device, last_epoch, result, failure, curves, evaluation, created_at, started_at, finished_at`;

const app = new Hono();
app.get('/runs', async (c) => c.json({ items: await sql`select ${columns} from run where owner_id = ${OWNER} order by created_at desc, id desc limit 20` }));
app.get('/runs/:id', async (c) => {
  const [row] = await sql`select ${columns}, notes from run where id = ${c.req.param('id')} and owner_id = ${OWNER}`;
  return row === undefined ? c.notFound() : c.json(row);
});
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) });
process.on('SIGTERM', () => process.exit(0));
