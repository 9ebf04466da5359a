import { isTerminalVersion } from '@thaw/contract/datasets';
import type { Context } from '../context.ts';
import type { VersionInput } from '../datasets/findVersion.ts';
import { getVersion } from '../datasets/getVersion.ts';
import type { Updates } from './runUpdates.ts';
import { versionEnd, versionEndId, versionMessage } from './versionTopic.ts';

/** A version as it is now, and `end` where it changes no more: what a stream of its import would send at once. */
export async function versionUpdates(ctx: Context, { after = '', ...input }: VersionInput & { after?: string | undefined }): Promise<Updates> {
  const version = await getVersion(ctx, input);
  const ended = isTerminalVersion(version.status);
  if (ended && after === versionEndId) return { messages: [], after, ended };
  const end = ended ? [versionEnd(version.status)] : [];
  return { messages: [versionMessage(version), ...end], after: ended ? versionEndId : '', ended };
}
