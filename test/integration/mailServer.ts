import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** Whole, with its headers; as it was before it was encoded for the way. */
  text: string;
}

export interface MailServer {
  url: string;
  received: ReceivedMail[];
  /** The link in the newest mail to an address, once it has come. */
  linkTo: (address: string) => Promise<URL>;
  stop: () => Promise<void>;
}

const credentials = { user: 'thaw', pass: 'mail-password-of-the-tests' };

/** A real SMTP server that takes mails from who knows its password, and keeps them. */
export async function startMailServer(): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, done) =>
      username === credentials.user && password === credentials.pass ? done(null, { user: username }) : done(new Error('Who are you?')),
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        // Quoted-printable: lines are broken by "=", and "=" itself is written as =3D.
        const plain = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
        received.push({ from: envelope.mailFrom === false ? '' : envelope.mailFrom.address, to: envelope.rcptTo.map(({ address }) => address), text: plain });
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://${credentials.user}:${credentials.pass}@127.0.0.1:${port}`,
    received,
    linkTo: async (address) => {
      for (const end = performance.now() + 10_000; performance.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
        const mail = received.findLast(({ to }) => to.includes(address));
        const link = /https?:\/\/\S+/.exec(mail?.text ?? '')?.[0];
        if (link !== undefined) return new URL(link);
      }
      throw new Error(`No mail to ${address} has come.`);
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
