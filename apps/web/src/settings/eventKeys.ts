import type { WebhookEvent } from '@thaw/contract/webhooks';

/** Where the words for an event are in messages. (A dot would lead further into them.) */
export const eventKeys = {
  'run.started': 'events.run_started',
  'run.succeeded': 'events.run_succeeded',
  'run.failed': 'events.run_failed',
  'run.cancelled': 'events.run_cancelled',
  'dataset.ready': 'events.dataset_ready',
  'dataset.failed': 'events.dataset_failed',
} as const satisfies Record<WebhookEvent, string>;
