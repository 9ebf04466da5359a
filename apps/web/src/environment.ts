/** Where the service is, read when it is asked for: the same build serves everywhere. */
export interface WebEnvironment {
  /** Address of the API as this server reaches it. */
  apiUrl: string;
  /** Origins of the object storage as browsers reach it: uploads go there straight. */
  storageOrigins: readonly string[];
  /** `next dev`. */
  development: boolean;
}

/** @throws Error naming the variable that cannot be used */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): WebEnvironment {
  const apiUrl = variables['THAW_API_URL'] || 'http://127.0.0.1:3001';
  if (!URL.canParse(apiUrl)) throw new Error('THAW_API_URL must be the address of the API, such as http://127.0.0.1:3001.');
  const storageOrigins = (variables['THAW_STORAGE_ORIGINS'] ?? '').split(',').filter((origin) => origin !== '');
  if (!storageOrigins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin))
    throw new Error('THAW_STORAGE_ORIGINS must be origins such as https://storage.example.org, with commas between.');
  return { apiUrl: apiUrl.replace(/\/+$/, ''), storageOrigins, development: variables['NODE_ENV'] === 'development' };
}
