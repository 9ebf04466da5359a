import { z } from 'zod';

/** The statuses of a task. Its row is the queue, as with runs. */
export const taskStatus = z.enum(['queued', 'launching', 'running', 'succeeded', 'failed']);
export type TaskStatus = z.infer<typeof taskStatus>;
