import { genericOAuth } from 'better-auth/plugins';
import { z } from 'zod';
import type { GithubSettings } from './accountSettings.ts';

const profile = z.object({ id: z.number().int(), login: z.string(), name: z.string().nullish(), avatar_url: z.string().nullish() });
const emails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

/** GitHub as a way to sign in: github.com, or a GitHub Enterprise Server, whose API is below its own address. */
export function githubSignIn({ clientId, clientSecret, url }: GithubSettings, redirectURI: string) {
  const api = url === 'https://github.com' ? 'https://api.github.com' : `${url}/api/v3`;
  const ask = async (path: string, token: string): Promise<unknown> => {
    const response = await fetch(api + path, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json', 'user-agent': 'thaw' },
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`GitHub answers ${path} with ${response.status}.`);
    return response.json();
  };
  return genericOAuth({
    config: [
      {
        providerId: 'github',
        clientId,
        clientSecret,
        authorizationUrl: `${url}/login/oauth/authorize`,
        tokenUrl: `${url}/login/oauth/access_token`,
        redirectURI,
        scopes: ['read:user', 'user:email'],
        pkce: true,
        authorizationHeaders: { accept: 'application/json' },
        // The public address of a profile is any that its owner has chosen; the primary one is checked by GitHub.
        getUserInfo: async ({ accessToken }) => {
          if (accessToken === undefined) return null;
          const [person, addresses] = await Promise.all([ask('/user', accessToken).then(profile.parse), ask('/user/emails', accessToken).then(emails.parse)]);
          const primary = addresses.find((address) => address.primary && address.verified);
          return primary === undefined ? null : { id: person.id, email: primary.email, emailVerified: true, name: person.name || person.login };
        },
      },
    ],
  });
}
