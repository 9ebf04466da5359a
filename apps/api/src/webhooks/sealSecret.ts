import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, type KeyObject, createSecretKey } from 'node:crypto';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/** Of what a sealed text is made, should that ever change. */
const form = 'v1';

/** The key that the secrets of webhooks are encrypted with, made of the operator's secret. */
export const sealingKey = (authSecret: string): KeyObject => createSecretKey(Buffer.from(hkdfSync('sha256', authSecret, '', 'thaw webhook secrets', 32)));

/** A new signing secret (Standard Webhooks): `whsec_` and 256 random bits in base64. */
export const newSigningSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** Encrypts a secret for the row of one webhook: in another row it cannot be opened. */
export function seal(key: KeyObject, secret: string, webhookId: string): string {
  const nonce = randomBytes(nonceBytes);
  const encrypt = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(webhookId));
  const sealed = Buffer.concat([nonce, encrypt.update(secret, 'utf8'), encrypt.final(), encrypt.getAuthTag()]);
  return `${form}.${sealed.toString('base64url')}`;
}

/** @returns null where it was not sealed with this key for this webhook: the operator's secret has changed */
export function unseal(key: KeyObject, sealed: string, webhookId: string): string | null {
  const [version, text = ''] = sealed.split('.');
  const bytes = Buffer.from(text, 'base64url');
  if (version !== form || bytes.length < nonceBytes + tagBytes) return null;
  try {
    const decrypt = createDecipheriv(cipher, key, bytes.subarray(0, nonceBytes)).setAAD(Buffer.from(webhookId)).setAuthTag(bytes.subarray(-tagBytes));
    return decrypt.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decrypt.final('utf8');
  } catch {
    return null;
  }
}
