import {
  heartbeatReply,
  ticket,
  uploadReply,
  workerPaths,
  type checkpointRequest,
  type claimRequest,
  type eventsRequest,
  type finishRequest,
  type Ticket,
  type uploadRequest,
} from '@thaw/contract/worker';
import { ApiRefusal, createApiCalls, type ApiOptions, type StaleAttempt } from '@thaw/worker-agent/apiCalls';
import { z } from 'zod';

type Body<T extends { attempt: number }> = Omit<T, 'attempt'>;

/** The calls of one attempt. All but the heartbeat repeat until the API has answered or `signal` aborts. */
export interface AttemptClient {
  /** One try only: the timer that calls it is the repetition. */
  heartbeat(signal: AbortSignal): Promise<z.infer<typeof heartbeatReply>>;
  postEvents(body: Body<z.infer<typeof eventsRequest>>, signal: AbortSignal): Promise<void>;
  requestUpload(file: z.infer<typeof uploadRequest>['file'], bytes: number, signal: AbortSignal): Promise<z.infer<typeof uploadReply>>;
  recordCheckpoint(body: Body<z.infer<typeof checkpointRequest>>, signal: AbortSignal): Promise<void>;
  finish(body: Body<z.infer<typeof finishRequest>>, signal: AbortSignal): Promise<void>;
}

export type AttemptOfRun = Pick<Ticket, 'run' | 'attempt' | 'attemptToken'>;

export interface ApiClient {
  /** One try. Null when no run waits. */
  claim(request: z.infer<typeof claimRequest>): Promise<Ticket | null>;
  /** `onStale` is called as soon as any call learns that the attempt is void, before the call throws. */
  ofAttempt(ticket: AttemptOfRun, onStale: (stale: StaleAttempt) => void): AttemptClient;
}

const anything = z.unknown();

export function createApiClient(options: ApiOptions): ApiClient {
  const api = createApiCalls(options);

  function ofAttempt({ run, attempt, attemptToken }: AttemptOfRun, onStale: (stale: StaleAttempt) => void): AttemptClient {
    const { once, untilAnswered } = api.ofAttempt<Parameters<typeof workerPaths.ofRun>[1]>({
      attempt,
      attemptToken,
      pathOf: (call) => workerPaths.ofRun(run, call),
      what: `run ${run}`,
      onStale,
    });
    return {
      heartbeat: async (signal) => (await once('heartbeat', {}, heartbeatReply, signal)) ?? { action: 'continue' },
      postEvents: async (body, signal) => void (await untilAnswered('events', body, anything, signal)),
      requestUpload: async (file, bytes, signal) => {
        const reply = await untilAnswered('uploads', { file, bytes }, uploadReply, signal);
        if (reply === null) throw new ApiRefusal(204, 'the API gives no place to upload to');
        return reply;
      },
      recordCheckpoint: async (body, signal) => void (await untilAnswered('checkpoints', body, anything, signal)),
      finish: async (body, signal) => void (await untilAnswered('finish', body, anything, signal)),
    };
  }

  return { claim: (request) => api.claim(workerPaths.claim, request, ticket), ofAttempt };
}
