import { createHash } from 'node:crypto';
import type { Upload } from '@thaw/contract/uploads';
import { describeError } from '@thaw/worker-agent/describeError';
import { pause, pauseMs } from '@thaw/worker-agent/retry';
import { StackError } from '../stack/stackError.ts';
import { ApiProblem } from '../demo/apiClient.ts';
import type { ByteSource } from './byteSource.ts';
import { putPart, StorageRefusal } from './putPart.ts';
import { backoff, patiently } from './retry.ts';
import type { UploadClient } from './uploadClient.ts';

const partsAtOnce = 3;
const addressesAtOnce = 8;
/** An address is not used when it might expire while its part is on the way. */
const marginMilliseconds = 60_000;

export interface SendOptions {
  client: UploadClient;
  upload: Upload;
  source: ByteSource;
  signal: AbortSignal;
  /** Bytes that the storage has or that have left for it. */
  onBytes: (bytes: number) => void;
  onTrouble: (what: string) => void;
  /** So long nothing may succeed before it is given up. */
  patienceSeconds?: number;
}

/**
 * Sends the parts that the storage lacks, three at a time; memory is three parts whatever the file. What fails is tried again, with a
 * new address where the old one is refused or old.
 * @throws StackError once nothing has succeeded for `patienceSeconds`, UsageError for a file that changed, or the signal's reason
 */
export async function sendParts({ client, upload, source, signal, onBytes, onTrouble, patienceSeconds = 600 }: SendOptions): Promise<void> {
  const received = new Set(upload.received);
  const sizeOf = (part: number): number => Math.min(upload.partBytes, upload.bytes - (part - 1) * upload.partBytes);
  const numbers = Array.from({ length: upload.partCount }, (_, index) => index + 1);
  const waiting = numbers.filter((part) => !received.has(part));
  const sent = new Map<number, number>();
  let total = upload.received.reduce((sum, part) => sum + sizeOf(part), 0);
  const tell = (part: number, bytes: number): void => {
    total += bytes - (sent.get(part) ?? 0);
    sent.set(part, bytes);
    onBytes(total);
  };
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const trouble = (error: unknown): void => onTrouble(describeError(error));
  let lastSuccess = performance.now();

  const addresses = new Map<number, { url: string; expiresAt: number }>();
  async function addressOf(part: number): Promise<string> {
    const known = addresses.get(part);
    if (known !== undefined && known.expiresAt - Date.now() > marginMilliseconds) return known.url;
    const wanted = [part, ...waiting.slice(0, addressesAtOnce - 1)];
    const reply = await patiently(() => client.presignParts(upload.id, wanted), { signal: either, onTrouble: trouble, seconds: patienceSeconds });
    const expiresAt = Date.parse(reply.expiresAt);
    for (const one of reply.parts) addresses.set(one.part, { url: one.url, expiresAt });
    const url = addresses.get(part)?.url;
    if (url === undefined) throw new ApiProblem(200, `The API gave no address for part ${part}.`);
    return url;
  }

  async function sendOne(part: number): Promise<void> {
    const bytes = await source.read((part - 1) * upload.partBytes, sizeOf(part));
    const md5 = createHash('md5').update(bytes).digest('base64');
    for (let failures = 0; ; failures++) {
      const url = await addressOf(part);
      try {
        await putPart(url, { bytes, md5 }, either, (count) => tell(part, count));
        lastSuccess = performance.now();
        return;
      } catch (error) {
        either.throwIfAborted();
        tell(part, 0);
        // Expired, signed for another key, or of an upload that is gone: a new address tells.
        addresses.delete(part);
        if (error instanceof StorageRefusal && error.status === 404) await requireOpen();
        if (performance.now() - lastSuccess > patienceSeconds * 1000)
          throw new StackError(`Nothing could be sent for ${Math.round(patienceSeconds / 60)} minutes: ${describeError(error)}. Run the same command again; it goes on where it stood.`);
        if (failures % 5 === 0) onTrouble(`part ${part}: ${describeError(error)}; trying again`);
        // The first refusal of an address is its age, most likely: no reason to wait.
        if (!(error instanceof StorageRefusal && error.status === 403 && failures === 0)) await pause(pauseMs(failures, backoff), either);
      }
    }
  }

  async function requireOpen(): Promise<void> {
    const { status } = await patiently(() => client.getUpload(upload.id), { signal: either, onTrouble: trouble, seconds: patienceSeconds });
    if (status !== 'open') throw new StackError(`The upload is ${status}: someone else has ended it, or the storage has cleared it away. Run the same command again to begin anew.`);
  }

  async function lane(): Promise<void> {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) await sendOne(part);
  }
  const lanes = Array.from({ length: Math.min(partsAtOnce, waiting.length) }, () =>
    lane().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  const failed = (await Promise.allSettled(lanes)).find((one) => one.status === 'rejected');
  if (failed === undefined) return;
  signal.throwIfAborted();
  throw stop.signal.reason;
}
