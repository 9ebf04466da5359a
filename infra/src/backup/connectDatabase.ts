import pg from 'pg';
import { describeError } from '@thaw/worker-agent/describeError';
import { StackError } from '../stack/stackError.ts';

export interface Connection {
  client: pg.Client;
  /** Aborts when the connection is lost. */
  lost: AbortSignal;
  close: () => Promise<void>;
}

/**
 * One connection, for as long as it takes: without limits of time, and with the form of numbers, moments and bytes in COPY that does not
 * depend on the server's settings.
 * @throws StackError where the database does not answer
 */
export async function connectDatabase(url: string, name: string): Promise<Connection> {
  const client = new pg.Client({ connectionString: url, application_name: name, connectionTimeoutMillis: 10_000, keepAlive: true });
  const gone = new AbortController();
  let closing = false;
  const lose = (): void => {
    if (!closing) gone.abort(new StackError('The connection to the database was lost. Begin again once it answers.'));
  };
  client.on('error', lose);
  client.on('end', lose);
  try {
    await client.connect();
    const settings = { statement_timeout: '0', idle_in_transaction_session_timeout: '0', idle_session_timeout: '0', lock_timeout: '0', datestyle: 'ISO, YMD', intervalstyle: 'postgres', timezone: 'UTC', extra_float_digits: '1', bytea_output: 'hex' };
    await client.query('select set_config(name, value, false) from unnest($1::text[], $2::text[]) as s(name, value)', [Object.keys(settings), Object.values(settings)]);
  } catch (error) {
    closing = true;
    await client.end().catch(() => undefined);
    throw new StackError(`The database at ${new URL(url).host} does not answer: ${describeError(error)}. Start it, or correct DATABASE_URL.`);
  }
  return {
    client,
    lost: gone.signal,
    close: async () => {
      closing = true;
      await client.end().catch(() => undefined);
    },
  };
}
