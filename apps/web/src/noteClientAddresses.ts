import { Server, type IncomingMessage } from 'node:http';

const noted = Symbol.for('thaw.noteClientAddresses');

/**
 * Appends to X-Forwarded-For of every request where its connection comes from, as a proxy must: Next hands no socket on, and keeps what a
 * client has written there. The API believes the last entry, where it is told that the dashboard is a proxy of its own.
 */
export function noteClientAddresses(): void {
  const server = Server.prototype as Server & { [noted]?: true };
  if (server[noted] === true) return;
  server[noted] = true;
  const emit = server.emit;
  server.emit = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'request') {
      const { headers, socket } = args[0] as IncomingMessage;
      const before = headers['x-forwarded-for'];
      headers['x-forwarded-for'] = [before, socket.remoteAddress].flat().filter((address) => address !== undefined).join(', ');
    }
    return Reflect.apply(emit, this, [event, ...args]) as boolean;
  } as typeof emit;
}
