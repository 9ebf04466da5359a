import { sql } from 'drizzle-orm';

/** The moment so many seconds from now, by the database's clock, also in a transaction that has waited for a lock. */
export const secondsFromNow = (seconds: number) => sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`;
