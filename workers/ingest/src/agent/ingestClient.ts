import {
  ingestPaths,
  ingestSource,
  ingestTicket,
  ingestUploadReply,
  type imagesRequest,
  type ingestClaimRequest,
  type ingestFinishRequest,
  type IngestSource,
  type IngestTicket,
  type ingestUploadRequest,
} from '@thaw/contract/ingest';
import type { IngestProgress } from '@thaw/contract/datasets';
import { heartbeatReply } from '@thaw/contract/worker';
import { ApiRefusal, type ApiCalls, type StaleAttempt } from '@thaw/worker-agent/apiCalls';
import { z } from 'zod';

export type Outcome = z.infer<typeof ingestFinishRequest>['outcome'];

/** The calls of one attempt at an import. All but the heartbeat repeat until the API has answered or `signal` aborts. */
export interface IngestClient {
  heartbeat(progress: IngestProgress, signal: AbortSignal): Promise<z.infer<typeof heartbeatReply>>;
  /** The source with fresh addresses. */
  refreshSource(signal: AbortSignal): Promise<IngestSource>;
  postImages(batch: Omit<z.infer<typeof imagesRequest>, 'attempt'>, signal: AbortSignal): Promise<void>;
  requestUpload(file: Omit<z.infer<typeof ingestUploadRequest>, 'attempt'>, signal: AbortSignal): Promise<z.infer<typeof ingestUploadReply>>;
  finish(outcome: Outcome, signal: AbortSignal): Promise<void>;
}

const anything = z.unknown();
/** The API reads all files again and hashes them before it believes that they are there. */
const finishTimeoutMs = 60 * 60 * 1000;
const imagesTimeoutMs = 60_000;

export const claimIngest = (api: ApiCalls, request: z.infer<typeof ingestClaimRequest>): Promise<IngestTicket | null> => api.claim(ingestPaths.claim, request, ingestTicket);

/** @param onStale called as soon as any call learns that the attempt is void, before the call throws */
export function createIngestClient(api: ApiCalls, ticket: IngestTicket, onStale: (stale: StaleAttempt) => void): IngestClient {
  const { dataset, version, attempt, attemptToken } = ticket;
  const { once, untilAnswered } = api.ofAttempt<Parameters<typeof ingestPaths.ofVersion>[2]>({
    attempt,
    attemptToken,
    pathOf: (call) => ingestPaths.ofVersion(dataset, version, call),
    what: `import ${dataset}/${version}`,
    onStale,
  });
  const given = <T>(value: T | null): T => {
    if (value === null) throw new ApiRefusal(204, 'the API gives no address');
    return value;
  };
  return {
    heartbeat: async (progress, signal) => (await once('heartbeat', { progress }, heartbeatReply, signal)) ?? { action: 'continue' },
    refreshSource: async (signal) => given(await untilAnswered('source', {}, ingestSource, signal)),
    postImages: async (batch, signal) => void (await untilAnswered('images', batch, anything, signal, imagesTimeoutMs)),
    requestUpload: async (file, signal) => given(await untilAnswered('uploads', file, ingestUploadReply, signal)),
    finish: async (outcome, signal) => void (await untilAnswered('finish', { outcome }, anything, signal, finishTimeoutMs)),
  };
}
