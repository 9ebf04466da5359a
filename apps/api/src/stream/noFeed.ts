import { ApiError } from '../errors.ts';
import type { Feed } from './feed.ts';

const refuse = (): Promise<never> => Promise.reject(new ApiError('not-here', 'This host keeps no stream open. Ask with "updates" in place of "events" at the end of the path: that has the same messages.'));

/** Where nothing is followed: on a host that runs only while it answers. */
export const noFeed: Feed = { runs: { follow: refuse }, versions: { follow: refuse }, close: () => Promise.resolve() };
