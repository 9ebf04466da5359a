import { z } from 'zod';
import { StackError } from '../../src/stack/stackError.ts';

/** Until the dashboard serves: compose says that it is up when its process has begun. */
export async function untilServed(web: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const served = await fetch(`${web}/icon.svg`, { signal: AbortSignal.timeout(3000) }).then((reply) => reply.ok, () => false);
    if (served) return;
    if (tries >= 120) throw new StackError(`The dashboard does not answer at ${web}.`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Signs in at the dashboard's address, as a browser does, and makes a key. */
export async function signIn(web: string, email: string, password: string): Promise<string> {
  const post = async (path: string, body: unknown, cookie?: string): Promise<Response> => {
    const reply = await fetch(`${web}/api${path}`, {
      method: 'POST',
      headers: { origin: web, 'content-type': 'application/json', ...(cookie !== undefined && { cookie }) },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new StackError(`POST ${path} was answered with ${reply.status}: ${(await reply.text()).slice(0, 500)}`);
    return reply;
  };
  const session = await post('/auth/sign-in/email', { email, password });
  const cookie = session.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  const made = await post('/v1/api-keys', { name: 'smoke', scopes: ['runs', 'datasets', 'admin'] }, cookie);
  return z.object({ key: z.string() }).parse(await made.json()).key;
}
