import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The way to a database, which can be shut: what is open is cut, and what comes is refused. */
export async function startGate(databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let gate: Server;
  let at = 0;
  const open = async (): Promise<void> => {
    gate = createServer((socket) => {
      const onward = connect(Number(port), hostname);
      for (const one of [socket, onward]) sockets.add(one.on('error', () => one.destroy()));
      socket.pipe(onward).pipe(socket);
    });
    await new Promise<void>((resolve) => gate.listen(at, '127.0.0.1', resolve));
    at = (gate.address() as AddressInfo).port;
  };
  const shut = (): void => {
    gate.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  await open();
  const url = new URL(databaseUrl);
  url.port = String(at);
  return { url: url.href, open, shut, close: shut };
}
