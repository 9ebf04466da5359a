import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ApiAccess } from '../demo/apiClient.ts';
import { UsageError } from '../stack/stackError.ts';
import { runningStack } from '../stack/stackLock.ts';

/** Address and key: as given, or those of the stack that runs on the state folder. Its key is sent to no other address. @throws UsageError */
export function findAccess({ api, key, stateFolder }: { api: string | null; key: string | null; stateFolder: string }): ApiAccess {
  if (api !== null && key !== null) return { url: api, key };
  const running = runningStack(stateFolder);
  if (api === null && running === null)
    throw new UsageError(`No Thaw is running on ${stateFolder}. Start it with "npm start", or name another with --api and --key.`);
  const url = api ?? running?.api ?? '';
  if (key !== null) return { url, key };
  const own = running !== null && sameAddress(url, running.api) ? readKey(stateFolder) : null;
  if (own === null) throw new UsageError(`Name the API key of ${url} with --key or THAW_API_KEY.`);
  return { url, key: own };
}

/** localhost and 127.0.0.1 are this machine both. */
function sameAddress(a: string, b: string): boolean {
  const [left, right] = [a, b].map((address) => new URL(address).origin.replace('//127.0.0.1:', '//localhost:'));
  return left === right;
}

function readKey(stateFolder: string): string | null {
  const file = path.join(stateFolder, 'secrets.json');
  if (!existsSync(file)) return null;
  const { apiKey } = JSON.parse(readFileSync(file, 'utf8')) as { apiKey?: string | null };
  return apiKey ?? null;
}
