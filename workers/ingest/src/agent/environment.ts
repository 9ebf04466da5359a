import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readVariables, workerVariables } from '@thaw/worker-agent/workerProcess';
import { z } from 'zod';

/** `dataset/version` */
const target = z.string().regex(/^[^/]{1,64}\/[1-9]\d{0,8}$/, 'is a data set and a version, such as cats/2');

/** The environment of an ingest worker. */
const agentEnvironment = z.object({
  ...workerVariables,
  /** Scratch space: an import needs room for the archive and twice its images. */
  THAW_WORK_DIR: z.string().default(join(tmpdir(), 'thaw-ingest')),
  /** Import this version only, then exit. */
  THAW_INGEST: target.optional(),
  /** Decoder processes; default: one a core. */
  THAW_DECODERS: z.coerce.number().int().min(1).max(256).default(availableParallelism()),
});
export type AgentEnvironment = z.infer<typeof agentEnvironment>;

/** @throws Error with a line for each variable that is wrong */
export const readEnvironment = (variables: NodeJS.ProcessEnv): AgentEnvironment => readVariables(variables, agentEnvironment);
