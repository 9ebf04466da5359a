import type { Database } from '@thaw/db/client';
import { readBatches } from './readBatches.ts';
import { batchMessage } from './runState.ts';
import { frame } from './streamMessage.ts';

/** A batch as it goes over the wire, the same bytes to every follower. */
export interface BatchFrame {
  id: number;
  bytes: Buffer;
}

export interface FramePage {
  frames: readonly BatchFrame[];
  full: boolean;
}

/** A follower holds no more than a page, however slowly it takes it. */
const pageLimits = { rows: 100, bytes: 128 * 1024 };
const keptPages = 8;

/**
 * The log of a run in pages for those who are behind. Followers that come at the same time read the same pages: each is asked for
 * once, and a few are kept.
 */
export function openFramePages(db: Database, runId: string): (after: number) => Promise<FramePage> {
  const pages = new Map<number, Promise<FramePage>>();
  const read = async (after: number): Promise<FramePage> => {
    const { batches, full } = await readBatches(db, runId, after, pageLimits);
    return { frames: batches.map((batch) => ({ id: batch.id, bytes: frame(batchMessage(batch)) })), full };
  };
  const forget = (after: number, page: Promise<FramePage>): void => {
    if (pages.get(after) === page) pages.delete(after);
  };
  return (after) => {
    const known = pages.get(after);
    if (known !== undefined) return known;
    const page = read(after);
    pages.set(after, page);
    // What is not full grows: it serves only those who ask while it is being read.
    page.then(
      ({ full }) => full || forget(after, page),
      () => forget(after, page),
    );
    for (const oldest of pages.keys()) {
      if (pages.size <= keptPages) break;
      pages.delete(oldest);
    }
    return page;
  };
}
