import type { RunStatus } from '@thaw/contract/runStatus';
import type { RunRow } from '@thaw/db/schema/run';
import { showRun, type ShowContext } from '../runs/showRuns.ts';
import type { StreamMessage } from './streamMessage.ts';

/** The id of an `end` carries where its stream stood, so that a client that missed nothing is told to stay away. */
const endMark = '-end';

/** Where a Last-Event-ID stands. Anything that is none of ours: at the beginning. */
export function readLastEventId(text: string | undefined): { after: number; sawEnd: boolean } {
  const [, id, mark] = /^(\d{1,15})(-end)?$/.exec(text ?? '') ?? [];
  return { after: Number(id ?? 0), sawEnd: mark !== undefined };
}

/** With its place in the queue, which changes while the row does not. */
export const runMessage = async (ctx: ShowContext, row: RunRow): Promise<StreamMessage> => ({ event: 'run', data: JSON.stringify(await showRun(ctx, row)) });

export const batchMessage = ({ id, text }: { id: number; text: string }): StreamMessage => ({ event: 'batch', id: String(id), data: text });

export const endMessage = (position: number, status: RunStatus): StreamMessage => ({ event: 'end', id: `${position}${endMark}`, data: JSON.stringify({ status }) });
