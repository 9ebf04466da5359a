import { z } from 'zod';
import { datasetVersion } from './datasets.ts';
import { line } from './line.ts';
import { run } from './runs.ts';

/**
 * What a webhook can be told of. `run.started`: a worker has begun an attempt (`data.attempt` says which); the others say how a run
 * or the import of a data set version has ended.
 */
export const webhookEvent = z.enum(['run.started', 'run.succeeded', 'run.failed', 'run.cancelled', 'dataset.ready', 'dataset.failed']);
export type WebhookEvent = z.infer<typeof webhookEvent>;

/** Events, and the test that POST /v1/webhooks/:id/test sends. */
export const messageType = z.enum([...webhookEvent.options, 'ping']);
export type MessageType = z.infer<typeof messageType>;

/** Of a run as GET /v1/runs/:id shows it what says which it is and how it went. */
export const webhookRun = run.pick({
  id: true,
  name: true,
  tags: true,
  status: true,
  companionOf: true,
  dataset: true,
  attempt: true,
  epoch: true,
  step: true,
  result: true,
  failure: true,
  createdAt: true,
  startedAt: true,
  finishedAt: true,
});

/** The same of a data set version. */
export const webhookVersion = datasetVersion.pick({
  dataset: true,
  version: true,
  status: true,
  trainable: true,
  attempt: true,
  quarantined: true,
  failure: true,
  createdAt: true,
  startedAt: true,
  finishedAt: true,
});

const webhookData = z.union([webhookRun, webhookVersion, z.object({ webhook: z.string() })]);

/** The body of what is sent: of POST requests to the webhook's address. */
export const webhookMessage = z.object({ type: messageType, timestamp: z.iso.datetime(), data: webhookData });
export type WebhookMessage = z.infer<typeof webhookMessage>;

const name = line(200, z.string().trim().min(1));
/** Where messages go: https, unless the operator allows others. */
const address = line(2000, z.string().min(1));
const events = z
  .array(webhookEvent)
  .min(1)
  .max(webhookEvent.options.length)
  .refine((list) => new Set(list).size === list.length, 'must name each event once');

/** Body of POST /v1/webhooks. */
export const createWebhookRequest = z.strictObject({ name, url: address, events });

/** Body of PATCH /v1/webhooks/:id. What is left out stays. */
export const changeWebhookRequest = z.strictObject({ name: name.optional(), url: address.optional(), events: events.optional(), enabled: z.boolean().optional() });

export const webhook = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  events: z.array(webhookEvent),
  enabled: z.boolean(),
  /** Why it was switched off by itself; null where it is on, or was switched off by its owner. */
  disabledReason: z.string().nullable(),
  /** Since when nothing has arrived; null once something has. */
  failingSince: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type Webhook = z.infer<typeof webhook>;

/** With the secret that messages are signed with (Standard Webhooks, `whsec_...`): shown by the call that makes it, and never again. */
export const webhookWithSecret = webhook.extend({ secret: z.string() });
export type WebhookWithSecret = z.infer<typeof webhookWithSecret>;

/** `pending`: it waits, or is being sent. */
export const deliveryStatus = z.enum(['pending', 'succeeded', 'failed']);
export type DeliveryStatus = z.infer<typeof deliveryStatus>;

/** One attempt to hand a message over. */
export const deliveryTry = z.object({
  at: z.iso.datetime(),
  milliseconds: z.number().int(),
  /** HTTP status of the answer; null where none came. */
  responseStatus: z.number().int().nullable(),
  /** The first bytes of the answer, as text. */
  response: z.string(),
  /** Why it did not arrive; null where it did. */
  error: z.string().nullable(),
});
export type DeliveryTry = z.infer<typeof deliveryTry>;

export const webhookDelivery = z.object({
  /** Sent as `webhook-id`, the same with each try. */
  id: z.string(),
  type: messageType,
  status: deliveryStatus,
  message: webhookMessage,
  /** How often it was sent or begun to be. */
  attempts: z.number().int(),
  /** The last tries, oldest first. */
  tries: z.array(deliveryTry),
  /** While pending: when it is sent next. */
  nextTryAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type WebhookDelivery = z.infer<typeof webhookDelivery>;
