import { conflict, invalid } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';

interface UploadedFile {
  name: string;
  key: string;
  bytes: number;
}

/**
 * Believes that files were uploaded only once the storage says so.
 * @throws validation-failed for a key that was not given out for this file; conflict where the object is missing or of another size
 */
export async function checkUploads(storage: Storage, files: readonly UploadedFile[], keyOf: (name: string) => string): Promise<void> {
  const foreign = files.flatMap(({ name, key }, index) =>
    key === keyOf(name) ? [] : [{ path: `files.${index}.key`, message: `not the key that was given out for ${name}` }],
  );
  if (foreign.length > 0) throw invalid(foreign);
  if (new Set(files.map(({ name }) => name)).size < files.length) throw invalid([{ path: 'files', message: 'each file must be named once' }]);
  await Promise.all(
    files.map(async ({ name, key, bytes }) => {
      const stored = await storage.size(key);
      if (stored !== bytes)
        throw conflict(`${name} is ${stored === null ? 'not in the storage' : `in the storage with ${stored} bytes`}, not with ${bytes} bytes. Upload it again.`);
    }),
  );
}
