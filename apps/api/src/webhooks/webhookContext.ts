import type { KeyObject } from 'node:crypto';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { noPrivatePlaces, type PrivatePlaces } from './addressPolicy.ts';

export interface WebhookSettings {
  /** Null: the operator has set no secret to make it of. */
  key: KeyObject | null;
  places: PrivatePlaces;
}

export const noWebhooks: WebhookSettings = { key: null, places: noPrivatePlaces };

/** What verbs of webhooks work with. */
export interface WebhookContext extends Context {
  webhooks: WebhookSettings;
}

/** @throws conflict where secrets cannot be kept here */
export function requireKey({ webhooks: { key } }: WebhookContext): KeyObject {
  if (key === null) throw conflict('This service has no webhooks: whoever runs it must set AUTH_SECRET for the API and the dispatcher.');
  return key;
}
