import { connect, Socket } from 'node:net';

/** What postgres.js says of where to connect. */
interface Destination {
  host: readonly string[];
  port: readonly number[];
  path?: string | undefined;
}

/**
 * Opens sockets that end when nothing has come for so long. A network that swallows bytes (a firewall that has forgotten the connection, a
 * host that is gone without a word) would otherwise hold up whoever waits for an answer for a quarter of an hour.
 *
 * @param silentSeconds longer than the longest statement may take, and than connections are kept without use
 */
export function watchedSockets(silentSeconds: number): (destination: Destination) => Socket & { host?: string } {
  let count = 0;
  return ({ host, port, path }) => {
    const at = count++ % port.length;
    const name = host[at] ?? 'localhost';
    const socket = path ? connect(path) : Object.assign(connect(port[at] ?? 5432, name), { host: name, port: port[at] });
    // postgres.js forgets what it is asked between the error of a connection and its end, so that whoever asks waits for ever: it gets the end alone.
    socket.once('connect', () => {
      socket.destroy = () => Socket.prototype.destroy.call(socket) as typeof socket;
    });
    let [bytes, since] = [0, performance.now()];
    // Not the socket's own timer: under TLS nothing is read through it.
    const watch = setInterval(() => {
      if (socket.destroyed) return clearInterval(watch);
      if (socket.bytesRead !== bytes) [bytes, since] = [socket.bytesRead, performance.now()];
      else if (performance.now() - since > silentSeconds * 1000) socket.destroy();
    }, silentSeconds * 100);
    watch.unref();
    return socket;
  };
}
