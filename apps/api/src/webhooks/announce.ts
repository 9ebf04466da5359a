import type { MessageType, WebhookEvent, WebhookMessage } from '@thaw/contract/webhooks';
import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import type { RunRow } from '@thaw/db/schema/run';
import { user } from '@thaw/db/schema/user';
import { webhook } from '@thaw/db/schema/webhook';
import { webhookDelivery } from '@thaw/db/schema/webhookDelivery';
import { and, arrayContains, eq, isNull, sql } from 'drizzle-orm';
import { isTrainable } from '../datasets/presentVersion.ts';
import type { VersionFacts } from '../datasets/versionFacts.ts';
import { newId } from '../ids.ts';
import { notify } from '../notify.ts';

/** Tells the webhooks of a run's owner where it is now: in the transaction that moved it, so that neither is there without the other. */
export async function announceRun(tx: Executor, row: RunRow): Promise<void> {
  const type = row.status === 'running' ? 'run.started' : row.status === 'queued' || row.status === 'launching' ? null : (`run.${row.status}` as const);
  if (type !== null) await announce(tx, row.ownerId, type, () => dataOfRun(row));
}

/** The same of a data set version whose import has ended. One that was cancelled was cancelled by its owner, and is not told of. */
export async function announceVersion(tx: Executor, row: VersionFacts): Promise<void> {
  if (row.status !== 'ready' && row.status !== 'failed') return;
  const [owned] = await tx.select({ ownerId: dataset.ownerId }).from(dataset).where(eq(dataset.id, row.datasetId));
  const ownerId = owned?.ownerId ?? null;
  if (ownerId !== null) await announce(tx, ownerId, `dataset.${row.status}`, () => dataOfVersion(row));
}

async function announce(tx: Executor, ownerId: string, type: WebhookEvent, data: () => WebhookMessage['data']): Promise<void> {
  const told = await tx
    .select({ id: webhook.id, now: sql`now()::timestamptz(3)`.mapWith(webhook.createdAt) })
    .from(webhook)
    .innerJoin(user, eq(user.id, webhook.ownerId))
    .where(and(eq(webhook.ownerId, ownerId), eq(webhook.enabled, true), isNull(user.disabledAt), arrayContains(webhook.events, [type])))
    // One that is being deleted is waited for: a message to it would fail the transaction.
    .for('key share', { of: webhook });
  const [first] = told;
  if (first === undefined) return;
  const message = messageOf(type, first.now, data());
  await tx.insert(webhookDelivery).values(told.map(({ id }) => ({ id: newId('delivery'), webhookId: id, type, message })));
  await notify(tx, 'webhook', ownerId);
}

export const messageOf = (type: MessageType, at: Date, data: WebhookMessage['data']): WebhookMessage => ({ type, timestamp: at.toISOString(), data });

function dataOfRun(row: RunRow): WebhookMessage['data'] {
  const { id, name, tags, status, attempt, epoch, step, result, failure, companionOf, companionKind } = row;
  return {
    id,
    name,
    tags,
    status,
    companionOf: companionOf === null || companionKind === null ? null : { run: companionOf, kind: companionKind },
    dataset: { id: row.datasetId, version: row.datasetVersion },
    attempt,
    epoch,
    step,
    result,
    failure,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

function dataOfVersion(row: VersionFacts): WebhookMessage['data'] {
  const { datasetId, version, status, attempt, quarantined, failure } = row;
  return {
    dataset: datasetId,
    version,
    status,
    trainable: isTrainable(row),
    attempt,
    quarantined,
    failure,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
