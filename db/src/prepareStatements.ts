import type postgres from 'postgres';

/** Above that a statement is of a length that seldom comes twice, such as an insert of many rows. */
const parametersAtMost = 64;

/**
 * Has a client's statements kept prepared on their connections: the ORM sends them unprepared, which costs a round trip more and no
 * pipelining. Statements are few, and each connection lives an hour at most.
 */
export function prepareStatements<Client extends postgres.Sql | postgres.TransactionSql>(client: Client): Client {
  const plain = client.unsafe.bind(client) as postgres.Sql['unsafe'];
  const unsafe: postgres.Sql['unsafe'] = (text, parameters, options) => plain(text, parameters, { ...options, prepare: parameters !== undefined && parameters.length > 0 && parameters.length <= parametersAtMost });
  Object.assign(client, { unsafe });
  if ('begin' in client) {
    const begin = client.begin.bind(client);
    Object.assign(client, { begin: (work: (tx: postgres.TransactionSql) => Promise<unknown>) => begin((tx) => work(prepareStatements(tx))) });
  }
  return client;
}
