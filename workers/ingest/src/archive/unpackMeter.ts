import type { IngestLimits } from '@thaw/contract/ingest';
import { IngestError } from '../ingestError.ts';

/** Below so many unpacked bytes no ratio is a danger. */
const harmlessBytes = 100 * 2 ** 20;

/** Counts what one pass over an archive really unpacks. */
export interface UnpackMeter {
  /** Bytes that may still be unpacked. */
  room(): number;
  /** @throws IngestError when it becomes too much */
  add(bytes: number): void;
  /** @throws IngestError when it becomes too many */
  addEntry(): void;
}

export function createUnpackMeter(limits: IngestLimits, packedBytes: number): UnpackMeter {
  const byRatio = Math.max(harmlessBytes, limits.ratio * packedBytes);
  const most = Math.min(limits.bytes, byRatio);
  let bytes = 0;
  let entries = 0;
  return {
    room: () => most - bytes,
    add: (count) => {
      bytes += count;
      if (bytes > most) throw tooLarge(limits, byRatio);
    },
    addEntry: () => {
      entries += 1;
      if (entries > limits.entries)
        throw new IngestError('archive_too_large', `The archive has more than ${limits.entries} entries. Split it into several data sets.`);
    },
  };
}

function tooLarge(limits: IngestLimits, byRatio: number): IngestError {
  return byRatio < limits.bytes
    ? new IngestError('archive_too_large', `The archive unpacks to more than ${limits.ratio} times its size, as images never do. Pack the images themselves and upload them once more.`)
    : new IngestError('archive_too_large', `The archive unpacks to more than ${limits.bytes} bytes. Make the images smaller or split it into several data sets.`);
}
