import type { RunStatus } from '@thaw/contract/runStatus';
import type { RunRow } from '@thaw/db/schema/run';
import { presentRun } from '../runs/presentRun.ts';
import type { Storage } from '../storage/storage.ts';
import type { StreamMessage } from './streamMessage.ts';

/** The id of an `end` carries where its stream stood, so that a client that missed nothing is told to stay away. */
const endMark = '-end';

/** Where a Last-Event-ID stands. Anything that is none of ours: at the beginning. */
export function readLastEventId(text: string | undefined): { after: number; sawEnd: boolean } {
  const [, id, mark] = /^(\d{1,15})(-end)?$/.exec(text ?? '') ?? [];
  return { after: Number(id ?? 0), sawEnd: mark !== undefined };
}

export const runMessage = (row: RunRow, storage: Pick<Storage, 'uri'>): StreamMessage => ({ event: 'run', data: JSON.stringify(presentRun(row, storage)) });

export const batchMessage = ({ id, text }: { id: number; text: string }): StreamMessage => ({ event: 'batch', id: String(id), data: text });

export const endMessage = (position: number, status: RunStatus): StreamMessage => ({ event: 'end', id: `${position}${endMark}`, data: JSON.stringify({ status }) });
