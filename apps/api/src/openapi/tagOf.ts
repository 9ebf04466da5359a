/** Chapters of the reference, in their order, each with the first part of the addresses in it. */
const chapters: readonly (readonly [tag: string, description: string, ...paths: string[]])[] = [
  ['Runs', 'Launch, follow, stop and compare runs; their metrics and checkpoints', 'runs', 'comparison', 'exports', 'previews', 'presets'],
  ['Data sets', 'Upload images, look at what became of them, make new versions', 'datasets', 'uploads'],
  ['Webhooks', 'Be told of what happens', 'webhooks'],
  ['Account', 'Who you are, your keys, what you use, and what was done', 'account', 'api-keys', 'usage', 'audit'],
  ['Administration', 'For administrators: people and workers', 'users', 'invitations', 'worker-tokens', 'workers', 'quotas'],
];

/** Its routes name it themselves. */
const signingIn = { name: 'Signing in', description: 'For pages: sessions in cookies' };
export const tags = [...chapters.map(([name, description]) => ({ name, description })), signingIn];

/** The chapter of an address such as /v1/runs/{id}. */
export function tagOf(path: string): string {
  const first = path.split('/')[2] ?? '';
  return chapters.find(([, , ...paths]) => paths.includes(first))?.[0] ?? 'Other';
}
