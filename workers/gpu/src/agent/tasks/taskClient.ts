import { taskPaths, taskTicket, type taskClaimRequest, type TaskFileName, type taskFinishRequest, type TaskTicket } from '@thaw/contract/tasks';
import { heartbeatReply, uploadReply } from '@thaw/contract/worker';
import { ApiRefusal, type ApiCalls, type StaleAttempt } from '@thaw/worker-agent/apiCalls';
import { z } from 'zod';

export type TaskOutcome = z.infer<typeof taskFinishRequest>['outcome'];

/** The calls of one attempt at a task. All but the heartbeat repeat until the API has answered or `signal` aborts. */
export interface TaskClient {
  heartbeat(signal: AbortSignal): Promise<z.infer<typeof heartbeatReply>>;
  requestUpload(name: TaskFileName, bytes: number, signal: AbortSignal): Promise<z.infer<typeof uploadReply>>;
  finish(outcome: TaskOutcome, signal: AbortSignal): Promise<void>;
}

export const claimTask = (api: ApiCalls, request: z.infer<typeof taskClaimRequest>): Promise<TaskTicket | null> => api.claim(taskPaths.claim, request, taskTicket);

/** @param onStale called as soon as any call learns that the attempt is void, before the call throws */
export function createTaskClient(api: ApiCalls, { task, attempt, attemptToken }: TaskTicket, onStale: (stale: StaleAttempt) => void): TaskClient {
  const { once, untilAnswered } = api.ofAttempt<Parameters<typeof taskPaths.ofTask>[1]>({
    attempt,
    attemptToken,
    pathOf: (call) => taskPaths.ofTask(task, call),
    what: `task ${task}`,
    onStale,
  });
  return {
    heartbeat: async (signal) => (await once('heartbeat', {}, heartbeatReply, signal)) ?? { action: 'continue' },
    requestUpload: async (name, bytes, signal) => {
      const reply = await untilAnswered('uploads', { name, bytes }, uploadReply, signal);
      if (reply === null) throw new ApiRefusal(204, 'the API gives no place to upload to');
      return reply;
    },
    finish: async (outcome, signal) => void (await untilAnswered('finish', { outcome }, z.unknown(), signal)),
  };
}
