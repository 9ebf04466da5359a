import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ImageRow, QuarantinedFile } from '@thaw/contract/datasets';
import type { IngestFileName, IngestTicket } from '@thaw/contract/ingest';
import type { Split } from '@thaw/contract/storageKeys';
import { ApiRefusal } from '@thaw/worker-agent/apiCalls';
import { describeError } from '@thaw/worker-agent/describeError';
import type { Log } from '@thaw/worker-agent/log';
import { ChangedFile, putFile } from '@thaw/worker-agent/putFile';
import { retry } from '@thaw/worker-agent/retry';
import type { ProgressMeter } from '../importing/progress.ts';
import { IngestError } from '../ingestError.ts';
import type { FinishedVersion } from '../packs/finishVersion.ts';
import { manifestOf } from '../packs/manifestOf.ts';
import type { IngestClient, Outcome } from './ingestClient.ts';

export interface SendOptions {
  client: IngestClient;
  progress: ProgressMeter;
  signal: AbortSignal;
  log: Log;
}

const batchRows = 2000;
/** One address is tried so often before the whole file gets new ones. */
const triesOfAPart = 5;
/** A file is begun anew so often; with the pauses this is more than half an hour. */
const triesOfAFile = 12;
const backoff = { firstMs: 500, maxMs: 20_000 };
const fileBackoff = { firstMs: 1000, maxMs: 300_000 };

/** Brings a version to the storage and its rows to the API. @returns what to finish with */
export async function sendVersion(version: FinishedVersion, ticket: IngestTicket, options: SendOptions): Promise<Outcome> {
  const { packs, images } = version;
  const { client, progress, signal } = options;
  const total = packs.reduce((sum, { bytes }) => sum + bytes, images.bytes);
  progress.stage('uploading', total);
  let before = 0;
  const send = async (name: IngestFileName, { file, bytes, sha256 }: { file: string; bytes: number; sha256: string }): Promise<string> => {
    const key = await sendFile(name, { path: file, bytes, sha256 }, options, (sent) => progress.done(before + sent));
    before += bytes;
    return key;
  };
  const keys = new Map<Split, string>();
  for (const pack of packs) keys.set(pack.split, await send(`${pack.split}.safetensors`, pack));
  const imagesKey = await send('images.ndjson', images);
  for await (const { seq, rows } of batches(images.file)) {
    const ofImages = rows.filter((row): row is ImageRow => 'split' in row);
    const quarantined = rows.filter((row): row is QuarantinedFile => !('split' in row));
    await client.postImages({ seq, images: ofImages, quarantined }, signal);
  }
  const source = ticket.source.kind === 'upload' ? ticket.source.name : ticket.source.manifest.source;
  const manifest = manifestOf(version, { dataset: ticket.dataset, version: ticket.version, source, keyOf: (split) => keys.get(split) as string });
  return { status: 'ready', manifest, images: { key: imagesKey, bytes: images.bytes, sha256: images.sha256 }, quarantined: version.quarantined };
}

async function sendFile(
  name: IngestFileName,
  { path, bytes, sha256 }: { path: string; bytes: number; sha256: string },
  { client, signal, log }: SendOptions,
  onSent: (bytes: number) => void,
): Promise<string> {
  let failures = 0;
  try {
    return await retry(
      async () => {
        const { key, parts } = await client.requestUpload({ name, bytes }, signal);
        for (const part of parts) {
          const content = parts.length === 1 ? { path, bytes, sha256 } : { path, offset: part.offset, bytes: part.bytes };
          let tries = 0;
          await retry(() => putFile(part.url, content, signal), { signal, backoff, retryable: (error) => !(error instanceof ChangedFile) && ++tries < triesOfAPart });
          onSent(part.offset + part.bytes);
        }
        return key;
      },
      {
        signal,
        backoff: fileBackoff,
        retryable: (error) => !(error instanceof ApiRefusal || error instanceof ChangedFile) && ++failures < triesOfAFile,
        onRetry: (error) => log('warning', `${name} waits for the storage (${describeError(error)})`),
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiRefusal) throw error;
    throw new IngestError('storage_unavailable', `${name} could not be brought to the storage: ${describeError(error)}`, { cause: error });
  }
}

async function* batches(file: string): AsyncGenerator<{ seq: number; rows: (ImageRow | QuarantinedFile)[] }> {
  let rows: (ImageRow | QuarantinedFile)[] = [];
  let seq = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    rows.push(JSON.parse(line) as ImageRow | QuarantinedFile);
    if (rows.length < batchRows) continue;
    yield { seq: seq++, rows };
    rows = [];
  }
  if (rows.length > 0) yield { seq, rows };
}
