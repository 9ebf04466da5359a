import type { Executor } from '@thaw/db/client';
import { worker } from '@thaw/db/schema/worker';
import { and, eq, sql } from 'drizzle-orm';
import { newId } from '../ids.ts';

export interface SeenWorker {
  apiKeyId: string;
  name: string;
  device: { type: 'cpu' | 'gpu'; name: string };
}

/** Notes that a worker is there, and gives its id. A worker that asks every second is written down every few. */
export async function seeWorker(db: Executor, { apiKeyId, name, device }: SeenWorker): Promise<string> {
  const same = and(eq(worker.apiKeyId, apiKeyId), eq(worker.name, name));
  const [known] = await db
    .select({
      id: worker.id,
      fresh: sql<boolean>`${worker.lastSeenAt} > now() - interval '5 seconds'
        and ${worker.deviceType} = ${device.type} and ${worker.deviceName} = ${device.name}`,
    })
    .from(worker)
    .where(same);
  if (known?.fresh === true) return known.id;
  const seen = { deviceType: device.type, deviceName: device.name, lastSeenAt: sql`now()` };
  const [row] = await db
    .insert(worker)
    .values({ id: newId('worker'), apiKeyId, name, ...seen })
    .onConflictDoUpdate({ target: [worker.apiKeyId, worker.name], set: seen })
    .returning({ id: worker.id });
  if (row === undefined) throw new Error(`The worker ${name} could not be written down.`);
  return row.id;
}
