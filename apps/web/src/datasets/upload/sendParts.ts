import type { PartsReply, Upload } from '@thaw/contract/uploads';
import { ApiError } from '../../api/ApiError.ts';
import { callApi } from '../../api/callApi.ts';
import { pause } from './pause.ts';
import { putPart, StorageRefusal } from './putPart.ts';
import type { UploadSource } from './uploadSource.ts';

const partsAtOnce = 3;
const addressesAtOnce = 12;
/** An address is not used when it might expire while its part is on the way. */
const marginMilliseconds = 60_000;

/** The upload was ended elsewhere, or swept away. */
export class UploadGone extends Error {}
/** A file cannot be read any more: it was changed, moved or unplugged. */
export class FileChanged extends Error {}

export interface SendOptions {
  upload: Upload;
  source: UploadSource;
  signal: AbortSignal;
  /** Bytes that the storage has or that have left for it. */
  onBytes: (bytes: number) => void;
  /** Whether something is in the way for now; it is tried on and on. */
  onTrouble: (trouble: boolean) => void;
}

/**
 * Sends the parts that the storage lacks, three at a time, over broken connections and time offline. A part is a slice of a file, read
 * by the browser while it is sent: memory does not grow with the file.
 * @throws ApiError, UploadGone, FileChanged, or the signal's reason
 */
export async function sendParts({ upload, source, signal, onBytes, onTrouble }: SendOptions): Promise<void> {
  const received = new Set(upload.received);
  const waiting = Array.from({ length: upload.partCount }, (_, index) => index + 1).filter((part) => !received.has(part));
  const sizeOf = (part: number): number => Math.min(upload.partBytes, upload.bytes - (part - 1) * upload.partBytes);
  const sent = new Map<number, number>();
  const before = upload.received.reduce((sum, part) => sum + sizeOf(part), 0);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const addresses = new Map<number, { url: string; expiresAt: number }>();

  const tell = (part: number, bytes: number): void => {
    sent.set(part, bytes);
    onBytes(before + [...sent.values()].reduce((sum, one) => sum + one, 0));
  };

  async function addressOf(part: number): Promise<string> {
    for (let failures = 0; ; failures++) {
      const known = addresses.get(part);
      if (known !== undefined && known.expiresAt - Date.now() > marginMilliseconds) return known.url;
      try {
        const parts = [part, ...waiting.slice(0, addressesAtOnce - 1)];
        const reply = await callApi<PartsReply>(`/v1/uploads/${upload.id}/parts`, { method: 'POST', body: { parts }, signal: either });
        for (const one of reply.parts) addresses.set(one.part, { url: one.url, expiresAt: Date.parse(reply.expiresAt) });
      } catch (error) {
        if (!(error instanceof ApiError) || !mayPass(error)) throw error;
        onTrouble(true);
        await pause(failures, either);
      }
    }
  }

  async function sendOne(part: number): Promise<void> {
    const from = (part - 1) * upload.partBytes;
    const bytes = source.slice(from, from + sizeOf(part));
    for (let failures = 0; ; failures++) {
      const url = await addressOf(part);
      try {
        await putPart(url, bytes, either, (count) => {
          onTrouble(false);
          tell(part, count);
        });
        tell(part, bytes.size);
        return;
      } catch (error) {
        either.throwIfAborted();
        if (!(error instanceof StorageRefusal)) throw error;
        tell(part, 0);
        addresses.delete(part);
        if (error.status === 404) await requireOpen();
        if (error.status === 0) await requireReadable(bytes);
        // The first refusal of an address is its age, most likely: no reason to wait.
        if (error.status === 403 && failures === 0) continue;
        onTrouble(true);
        await pause(failures, either);
      }
    }
  }

  async function requireOpen(): Promise<void> {
    const { status } = await callApi<Upload>(`/v1/uploads/${upload.id}`, { signal: either });
    if (status !== 'open') throw new UploadGone(status);
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
  const failed = (await Promise.allSettled(lanes)).some(({ status }) => status === 'rejected');
  if (!failed) return;
  signal.throwIfAborted();
  throw stop.signal.reason;
}

/** Whether another try may go better. */
export const mayPass = ({ status }: ApiError): boolean => status === 0 || status >= 500 || status === 429;

async function requireReadable(part: Blob): Promise<void> {
  try {
    await part.slice(0, 1).arrayBuffer();
    await part.slice(-1).arrayBuffer();
  } catch {
    throw new FileChanged();
  }
}
