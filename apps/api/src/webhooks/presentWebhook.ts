import type { Webhook, WebhookDelivery } from '@thaw/contract/webhooks';
import type { WebhookRow } from '@thaw/db/schema/webhook';
import type { WebhookDeliveryRow } from '@thaw/db/schema/webhookDelivery';

/** A webhook as the API shows it: without its secret. */
export const presentWebhook = ({ id, name, url, events, enabled, disabledReason, failingSince, createdAt }: WebhookRow): Webhook => ({
  id,
  name,
  url,
  events,
  enabled,
  disabledReason,
  failingSince: failingSince?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
});

export const presentDelivery = ({ id, type, status, message, attempts, tries, nextTryAt, createdAt, finishedAt }: WebhookDeliveryRow): WebhookDelivery => ({
  id,
  type,
  status,
  message,
  attempts,
  tries,
  nextTryAt: status === 'pending' ? nextTryAt.toISOString() : null,
  createdAt: createdAt.toISOString(),
  finishedAt: finishedAt?.toISOString() ?? null,
});
