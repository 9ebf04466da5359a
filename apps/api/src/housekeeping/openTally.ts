import { chore } from '@thaw/db/schema/chore';
import { sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import { redact } from '../log.ts';
import { PartlyDone } from './partlyDone.ts';

/** Where it is noted how chores go. */
export interface Tally {
  /** Does one turn of a chore and notes how it went. @param work gives how many things it has swept. @throws what it throws */
  turn: (name: string, work: () => Promise<number>) => Promise<number>;
  /** Writes down what is not yet. */
  close: () => Promise<void>;
}

interface Counted {
  successes: number;
  failures: number;
  swept: number;
  seconds: number;
  error: string | null;
}

const longestError = 500;

/**
 * Notes turns in the database, so that each API process can tell of them. What turns every second is written down every few, and what
 * cannot be written now, as the database is away, later: noting holds up nothing and breaks nothing.
 * @param everySeconds for turns that went well and swept nothing; others are written down once a second
 */
export function openTally({ db, log }: Pick<Context<SystemCaller>, 'db' | 'log'>, { everySeconds = 15 } = {}): Tally {
  const counted = new Map<string, Counted>();
  const writtenAt = new Map<string, number>();
  const underWay = new Set<Promise<void>>();

  async function write(name: string): Promise<void> {
    const turns = counted.get(name);
    if (turns === undefined) return;
    counted.delete(name);
    writtenAt.set(name, performance.now());
    const { successes, failures, swept, seconds, error } = turns;
    const now = sql`now()`;
    const row = { name, successes, failures, swept, lastSeconds: seconds, lastError: error, lastSuccessAt: successes > 0 ? now : null, lastFailureAt: failures > 0 ? now : null };
    const added = (column: string) => sql`chore.${sql.raw(column)} + excluded.${sql.raw(column)}`;
    const newest = (column: string) => sql`coalesce(excluded.${sql.raw(column)}, chore.${sql.raw(column)})`;
    const set = {
      successes: added('successes'),
      failures: added('failures'),
      swept: added('swept'),
      lastSeconds: newest('last_seconds'),
      lastError: newest('last_error'),
      lastSuccessAt: newest('last_success_at'),
      lastFailureAt: newest('last_failure_at'),
    };
    try {
      await db.insert(chore).values(row).onConflictDoUpdate({ target: chore.name, set });
    } catch (cause) {
      log.debug({ err: cause, chore: name }, 'how a chore went could not be noted yet');
      counted.set(name, addTo(turns, counted.get(name)));
    }
  }

  function note(name: string, turn: Counted): void {
    counted.set(name, addTo(counted.get(name), turn));
    const pause = turn.swept > 0 || turn.failures > 0 ? Math.min(1, everySeconds) : everySeconds;
    if (performance.now() - (writtenAt.get(name) ?? -Infinity) < pause * 1000) return;
    const writing: Promise<void> = write(name).finally(() => underWay.delete(writing));
    underWay.add(writing);
  }

  return {
    turn: async (name, work) => {
      const begun = performance.now();
      const seconds = () => (performance.now() - begun) / 1000;
      try {
        const swept = await work();
        note(name, { successes: 1, failures: 0, swept, seconds: seconds(), error: null });
        return swept;
      } catch (error) {
        note(name, { successes: 0, failures: 1, swept: error instanceof PartlyDone ? error.swept : 0, seconds: seconds(), error: reasonOf(error) });
        throw error;
      }
    },
    close: async () => {
      await Promise.all(underWay);
      await Promise.all([...counted.keys()].map(write));
    },
  };
}

const addTo = (before: Counted | undefined, turn: Counted | undefined): Counted => ({
  successes: (before?.successes ?? 0) + (turn?.successes ?? 0),
  failures: (before?.failures ?? 0) + (turn?.failures ?? 0),
  swept: (before?.swept ?? 0) + (turn?.swept ?? 0),
  seconds: turn?.seconds ?? before?.seconds ?? 0,
  error: turn?.error ?? before?.error ?? null,
});

/** With what lies behind it, which is where the reason is. */
function reasonOf(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at instanceof Error && parts.length < 3; at = at.cause) parts.push(at.message);
  return redact(parts.length > 0 ? parts.join(': ') : String(error)).slice(0, longestError);
}
