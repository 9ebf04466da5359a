import { fingerprint } from '../backup/manifest.ts';
import { UsageError } from '../stack/stackError.ts';
import type { OpenBackup } from './verifyBackup.ts';

/**
 * The AUTH_SECRET with which what was restored will be served: the backup's, where the environment or the backup has it. With another one
 * nobody stays signed in, and the secrets of webhooks cannot be decrypted.
 * @param given that of the environment, or of a state folder that is there already
 * @throws UsageError where it is another, or none, and that was not asked for
 */
export function chooseSecret({ manifest, secrets, snapshot }: OpenBackup, { given, local, newSecret }: { given: string | null; local: boolean; newSecret: boolean }): string | null {
  const isRight = (secret: string | null | undefined): secret is string => typeof secret === 'string' && fingerprint(secret) === manifest.secret;
  if (isRight(given)) return given;
  if (given === null && local && isRight(secrets?.authSecret)) return secrets.authSecret;
  if (newSecret) return given;
  const where = secrets === null ? 'what the deployment had that was backed up' : `the one in ${snapshot}/secrets.json`;
  const what = given === null ? 'AUTH_SECRET is not set' : 'AUTH_SECRET is not the one of the backup';
  throw new UsageError(`${what}. Set it to ${where}; or, if it is lost, add --new-secret: everybody then signs in anew, and each webhook needs a new secret (POST /v1/webhooks/:id/secret).`);
}
