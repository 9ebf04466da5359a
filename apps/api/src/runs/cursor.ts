import type { RunSort, SortOrder } from '@thaw/contract/runs';
import { z } from 'zod';
import { invalid } from '../errors.ts';
import { canBeId } from '../ids.ts';
import type { ShownRow } from './presentRun.ts';

const maxName = 200;

/** Where a page ended: the last run, and what it was sorted by. `value` null: that run has none. */
export interface Position {
  value: number | string | null;
  id: string;
}

const form = z.tuple([z.string(), z.union([z.number(), z.string().max(maxName), z.null()]), z.string().refine(canBeId)]);
/** Milliseconds of a moment that PostgreSQL reads as it is written: before the year 9000. */
const latest = Date.UTC(9000, 0);
const nameOf = (sort: RunSort, order: SortOrder): string => `${sort}-${order}`;

/** What runs are sorted by, as a number or a text: of a moment its milliseconds. */
const valueOf: Record<RunSort, (row: ShownRow) => Position['value']> = {
  created: ({ createdAt }) => createdAt.getTime(),
  finished: ({ finishedAt }) => finishedAt?.getTime() ?? null,
  accuracy: ({ bestAccuracy }) => bestAccuracy,
  duration: ({ durationSeconds }) => durationSeconds,
  name: ({ name }) => name,
};

const isMoment = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < latest;
const isNumber = (value: unknown): boolean => typeof value === 'number';

/** Whether a run can have such a value. */
const fits: Record<RunSort, (value: Position['value']) => boolean> = {
  created: isMoment,
  finished: (value) => value === null || isMoment(value),
  accuracy: (value) => value === null || isNumber(value),
  duration: (value) => value === null || isNumber(value),
  name: (value) => typeof value === 'string' && !value.includes('\u0000'),
};

/** An opaque text. */
export const cursorOf = (row: ShownRow, sort: RunSort, order: SortOrder): string =>
  Buffer.from(JSON.stringify([nameOf(sort, order), valueOf[sort](row), row.id])).toString('base64url');

/** @throws validation-failed for a text that no page of this order ended with */
export function readCursor(cursor: string, sort: RunSort, order: SortOrder): Position {
  const read = form.safeParse(parse(Buffer.from(cursor, 'base64url').toString()));
  const [name, value, id] = read.success ? read.data : ['', null, ''];
  if (name === nameOf(sort, order) && fits[sort](value)) return { value, id };
  throw invalid([{ path: 'cursor', message: 'no page of this list, sorted like this, ended here; take nextCursor of the page before, or leave it out to begin at the start' }]);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
