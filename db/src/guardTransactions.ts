import type postgres from 'postgres';

/** What postgres.js keeps of a connection, as far as it matters here: set anew by each transaction, and null once that or the connection is over. */
interface Connection {
  reserved: (() => void) | null;
}
type OnExecute = (connection: Connection) => unknown;
type Unsafe = (text: string, parameters?: unknown[], options?: { onexecute?: OnExecute }) => unknown;
type Work = (tx: postgres.TransactionSql) => Promise<unknown>;

/**
 * Ends a transaction with its connection. What it says after that postgres.js 3.4.9 would write to a socket that is not there, which ends
 * the whole process (its issues 1066, 1154 and 1208); or, once the connection has been opened again for someone else, run it there, outside
 * of any transaction.
 */
export function guardTransactions(client: postgres.Sql): postgres.Sql {
  const plain = client.unsafe.bind(client) as unknown as Unsafe;
  const begin = client.begin.bind(client) as (work: Work) => Promise<unknown>;
  let beginning: ((connection: Connection) => void) | null = null;

  // `begin` sends its first statement by this function, and is told by it which connection has taken it.
  const unsafe: Unsafe = (text, parameters, options) => {
    const [heard, reserve] = [beginning, options?.onexecute];
    if (heard === null || reserve === undefined) return plain(text, parameters, options);
    const onexecute: OnExecute = (connection) => {
      const answer = reserve(connection);
      heard(connection);
      return answer;
    };
    return plain(text, parameters, { ...options, onexecute });
  };

  const guarded = (work: Work): Promise<unknown> => {
    let isOpen = (): boolean => true;
    beginning = (connection) => {
      const { reserved } = connection;
      isOpen = () => connection.reserved === reserved;
    };
    try {
      return begin((tx) => {
        const say = tx.unsafe.bind(tx) as unknown as Unsafe;
        const ifOpen: Unsafe = (...statement) => {
          if (!isOpen()) throw Object.assign(new Error('The connection of this transaction was closed.'), { code: 'CONNECTION_CLOSED' });
          return say(...statement);
        };
        // After the end of its connection it is not settled, or postgres.js would roll it back there: whoever began it has been told already.
        return new Promise((resolve, reject) => {
          work(Object.assign(tx, { unsafe: ifOpen })).then(
            (result) => isOpen() && resolve(result),
            (error: unknown) => isOpen() && reject(error as Error),
          );
        });
      });
    } finally {
      beginning = null;
    }
  };
  return Object.assign(client, { unsafe, begin: guarded });
}
