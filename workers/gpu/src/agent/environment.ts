import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const seconds = z.coerce.number().min(0).max(1e9);

/** The environment of a worker. Unset and empty are the same. */
export const agentEnvironment = z.object({
  /** Address of the API, with or without a path. */
  THAW_API_URL: z.url({ protocol: /^https?$/, error: 'is the address of the API, such as http://localhost:3001' }),
  THAW_WORKER_TOKEN: z.string({ error: 'is the token of this worker; make one with the scope worker' }).min(1),
  THAW_WORKER_NAME: z.string().max(200).optional(),
  THAW_DEVICE: z.enum(['cpu', 'gpu', 'auto']).default('auto'),
  /** Scratch space: a run needs room for its data, some checkpoints and curves. */
  THAW_WORK_DIR: z.string().default(join(tmpdir(), 'thaw-work')),
  /** Packs and weights under their hashes; may be shared by workers. */
  THAW_CACHE_DIR: z.string().default(join(tmpdir(), 'thaw-cache')),
  THAW_CACHE_GB: z.coerce.number().positive().default(20),
  /** Claim this run only, then exit. */
  THAW_RUN: z.string().max(64).optional(),
  /** Exit after so long without a run; 0: stay. */
  THAW_IDLE_SECONDS: seconds.default(0),
});
export type AgentEnvironment = z.infer<typeof agentEnvironment>;

/** @throws Error with a line for each variable that is wrong; values are not repeated, one of them is a secret */
export function readEnvironment(variables: NodeJS.ProcessEnv): AgentEnvironment {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = agentEnvironment.safeParse(set);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `  ${path.join('.')} ${message}`);
  throw new Error(`The worker cannot start:\n${faults.join('\n')}`);
}
