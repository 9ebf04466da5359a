import { sql, type AnyColumn, type SQL } from 'drizzle-orm';

/** Letters of all scripts are told apart and put in order as people do, also where the database's own collation knows ASCII alone. */
export const byPeople = sql.raw('collate "und-x-icu"');

/** Whether a text stands in a column, in any case. */
export const holds = (column: AnyColumn, text: string): SQL => sql`strpos(lower(${column} ${byPeople}), lower(${text} ${byPeople})) > 0`;
