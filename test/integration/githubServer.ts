import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface GithubPerson {
  id: number;
  login: string;
  email: string;
  verified?: boolean;
}

/**
 * The part of a GitHub Enterprise Server that signing in talks to, as GitHub documents it: there is none to install. Its page asks
 * nobody: whoever is `person` at the moment agrees.
 */
export async function startGithub() {
  const state = { person: { id: 1, login: 'octo', email: 'octo@example.org' } as GithubPerson };
  const codes = new Map<string, { person: GithubPerson; challenge: string }>();
  const tokens = new Map<string, GithubPerson>();
  const server = createServer((request, reply) => {
    void (async () => {
      const url = new URL(request.url ?? '', 'http://github');
      const json = (body: unknown, status = 200): void => void reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (url.pathname === '/login/oauth/authorize') {
        const back = new URL(url.searchParams.get('redirect_uri') ?? '');
        const code = `code${codes.size}`;
        codes.set(code, { person: state.person, challenge: url.searchParams.get('code_challenge') ?? '' });
        back.search = new URLSearchParams({ code, state: url.searchParams.get('state') ?? '' }).toString();
        reply.writeHead(302, { location: back.href }).end();
      } else if (url.pathname === '/login/oauth/access_token') {
        const sent = new URLSearchParams(await textOf(request));
        const known = codes.get(sent.get('code') ?? '');
        codes.delete(sent.get('code') ?? '');
        if (known === undefined || sent.get('client_secret') !== 'github-client-secret' || !sent.has('code_verifier')) return json({ error: 'bad_verification_code' });
        const token = `gho_${'x'.repeat(30)}${tokens.size}`;
        tokens.set(token, known.person);
        json({ access_token: token, token_type: 'bearer', scope: 'read:user,user:email' });
      } else {
        const person = tokens.get((request.headers.authorization ?? '').replace('Bearer ', ''));
        if (person === undefined) return json({ message: 'Bad credentials' }, 401);
        const { id, login, email, verified = true } = person;
        if (url.pathname === '/api/v3/user') json({ id, login, name: null, email: null, avatar_url: null });
        else if (url.pathname === '/api/v3/user/emails') json([{ email: 'other@example.org', primary: false, verified: true }, { email, primary: true, verified }]);
        else json({ message: 'Not Found' }, 404);
      }
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, state, tokens, stop: () => new Promise((resolve) => server.close(resolve)) };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
