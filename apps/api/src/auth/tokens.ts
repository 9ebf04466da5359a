import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a token, hex. Tokens are random, so a plain hash tells nothing and needs no salt. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

const secret = (): string => randomBytes(32).toString('base64url');

/** A new API key or worker token: `thaw_` and 16 hex digits (its prefix, may be shown), `_`, 256 random bits. */
export function newKey(): { key: string; prefix: string; hash: string } {
  const prefix = `thaw_${randomBytes(8).toString('hex')}`;
  const key = `${prefix}_${secret()}`;
  return { key, prefix, hash: hashToken(key) };
}

/** The prefix of a text that has the form of a key, else null. */
export const prefixOf = (text: string): string | null => /^(thaw_[0-9a-f]{16})_[A-Za-z0-9_-]{43}$/.exec(text)?.[1] ?? null;

/**
 * A key that was made elsewhere; null where it has not the form of ours, or is plainly not random: of a billion random ones none has fewer
 * than 16 different characters among the last 43.
 */
export function givenKey(key: string): { key: string; prefix: string; hash: string } | null {
  const prefix = prefixOf(key);
  const different = new Set(key.slice(-43)).size;
  return prefix === null || different < 16 ? null : { key, prefix, hash: hashToken(key) };
}

export function newAttemptToken(): { token: string; hash: string } {
  const token = `thawattempt_${secret()}`;
  return { token, hash: hashToken(token) };
}

/** What lets one person sign up. */
export function newInvitationToken(): { token: string; hash: string } {
  const token = `thawinvitation_${secret()}`;
  return { token, hash: hashToken(token) };
}

/** Whether two hashes agree, in a time that does not depend on where they differ. */
export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
}
