import { headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { readEnvironment } from '../environment.ts';

/**
 * Asks the API while a page is made, with the session of who asks for the page. Without one it leads to sign-in; what is not there is the
 * page that says so.
 * @throws Error where the API does not answer
 */
export async function fetchFromServer<T>(path: `/${string}`): Promise<T> {
  const asked = await headers();
  const answer = await fetch(readEnvironment().apiUrl + path, {
    headers: { cookie: asked.get('cookie') ?? '', accept: 'application/json', 'x-forwarded-for': asked.get('x-forwarded-for') ?? '' },
    cache: 'no-store',
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.status === 401) redirect(`/sign-in?next=${encodeURIComponent(asked.get('x-path') ?? '/runs')}`);
  if (answer.status === 404) notFound();
  if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`);
  return (await answer.json()) as T;
}
