import { createServer } from 'node:net';
import { StackError } from './stackError.ts';

const host = '127.0.0.1';

function listen(port: number): Promise<{ port: number; close: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('no port'));
      resolve({ port: address.port, close: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

/** `count` different TCP ports of 127.0.0.1 that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, () => listen(0)));
  await Promise.all(held.map((one) => one.close()));
  return held.map((one) => one.port);
}

/**
 * Checks that the ports can be listened on.
 * @throws StackError naming the first port that is taken, what it was for, and the remedy.
 */
export async function requireFreePorts(ports: ReadonlyMap<number, string>, remedy: string): Promise<void> {
  for (const [port, purpose] of ports) {
    try {
      await (await listen(port)).close();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      const reason = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code ?? String(error)})`;
      throw new StackError(`Port ${port}, needed for ${purpose}, ${reason}. ${remedy}`);
    }
  }
}
