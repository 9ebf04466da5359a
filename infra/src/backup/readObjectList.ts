import { parseJson } from '@thaw/contract/parseJson';
import { UsageError } from '../stack/stackError.ts';
import { objectsFile } from './backupFolder.ts';
import { objectEntry, type BackupManifest, type ObjectEntry } from './manifest.ts';
import { unpackFile } from './packedFile.ts';

const maxLineBytes = 1000;

/** The objects of a backup. @throws UsageError for a list that is none, or not the one that the manifest promises */
export async function readObjectList(snapshot: string, { objects }: BackupManifest): Promise<ObjectEntry[]> {
  const file = objectsFile(snapshot);
  const refuse = (): UsageError => new UsageError(`${file} is no list of objects, or not the one of this backup.`);
  const entries: ObjectEntry[] = [];
  let rest = '';
  for await (const chunk of unpackFile(file, objects.file)) {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLineBytes || entries.length + lines.length > objects.count) throw refuse();
    for (const line of lines) {
      const parsed = objectEntry.safeParse(parseJson(line));
      if (!parsed.success) throw refuse();
      entries.push(parsed.data);
    }
  }
  if (rest !== '' || entries.length !== objects.count) throw refuse();
  return entries;
}
