import { invalid } from '../errors.ts';
import { canBeId } from '../ids.ts';

interface Position {
  createdAt: Date;
  id: string;
}

/** Where a page ended, as an opaque text. */
export const cursorOf = ({ createdAt, id }: Position): string => Buffer.from(`${createdAt.getTime()}.${id}`).toString('base64url');

/** @throws validation-failed for a text that no page ended with */
export function readCursor(cursor: string): Position {
  const [, time, id = ''] = /^(\d{1,15})\.(.+)$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (time === undefined || !canBeId(id))
    throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before, or leave it out to begin at the start' }]);
  return { createdAt: new Date(Number(time)), id };
}
