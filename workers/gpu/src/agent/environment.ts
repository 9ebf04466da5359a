import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readVariables, workerVariables } from '@thaw/worker-agent/workerProcess';
import { z } from 'zod';

/** Packs and weights under their hashes; may be shared by workers. */
export const cacheVariables = {
  THAW_CACHE_DIR: z.string().default(join(tmpdir(), 'thaw-cache')),
  THAW_CACHE_GB: z.coerce.number().positive().default(20),
};

/** The environment of a worker. */
export const agentEnvironment = z.object({
  ...workerVariables,
  THAW_DEVICE: z.enum(['cpu', 'gpu', 'auto']).default('auto'),
  /** Scratch space: a run needs room for its data, some checkpoints and curves. */
  THAW_WORK_DIR: z.string().default(join(tmpdir(), 'thaw-work')),
  ...cacheVariables,
  /** A trainer that says nothing for so long hangs: it is killed, and its run goes on from the last checkpoint. 0: never. */
  THAW_SILENT_MINUTES: z.coerce.number().min(0).max(1e6).default(60),
  /** Whoever stops this worker kills it so long after SIGTERM, as Docker does: the last checkpoint gets half of it to reach the storage. */
  THAW_STOP_SECONDS: z.coerce.number().min(4).max(3600).default(10),
  /** Claim this run only, then exit. */
  THAW_RUN: z.string().max(64).optional(),
});
export type AgentEnvironment = z.infer<typeof agentEnvironment>;

/** @throws Error with a line for each variable that is wrong */
export const readEnvironment = (variables: NodeJS.ProcessEnv): AgentEnvironment => readVariables(variables, agentEnvironment);
