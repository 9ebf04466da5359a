import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * The way to a database. It can be shut: what is open is cut, and what comes is refused. It can forget what is open, as a firewall does:
 * nothing passes there any more, in silence, while what comes is let through. It can reset what is open, or end
 * it in good order, and let through what comes.
 */
export async function startGate(databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const pairs = new Set<[Socket, Socket]>();
  let gate: Server;
  let at = 0;
  const open = async (): Promise<void> => {
    gate = createServer((socket) => {
      const onward = connect(Number(port), hostname);
      for (const one of [socket, onward]) sockets.add(one);
      socket.on('error', () => socket.destroy());
      // A database that is away refuses whoever comes: so does the way to it.
      onward.on('error', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
      pairs.add([socket, onward]);
    });
    await new Promise<void>((resolve) => gate.listen(at, '127.0.0.1', resolve));
    at = (gate.address() as AddressInfo).port;
  };
  const shut = (): void => {
    gate.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const forget = (): void => {
    for (const pair of pairs) for (const one of pair) one.unpipe().resume();
    pairs.clear();
  };
  const reset = (): void => {
    for (const [socket] of pairs) socket.resetAndDestroy();
  };
  const end = (): void => {
    for (const [socket, onward] of pairs) {
      onward.unpipe();
      socket.end();
    }
  };
  await open();
  const url = new URL(databaseUrl);
  url.port = String(at);
  return { url: url.href, open, shut, forget, reset, end, close: shut };
}
