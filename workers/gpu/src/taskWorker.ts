import { fileURLToPath } from 'node:url';
import { logToStderr as log } from '@thaw/worker-agent/log';
import { workerProcess } from '@thaw/worker-agent/workerProcess';
import { taskAgent } from './agent/tasks/taskAgent.ts';

/** A task worker: `node workers/gpu/src/taskWorker.ts`; its environment is described in agent/tasks/taskAgent.ts. It needs no GPU. */
const script = fileURLToPath(new URL('tasks/taskProcess.ts', import.meta.url));
process.exitCode = await workerProcess((shutdown) => taskAgent({ variables: process.env, script, log, shutdown }), log);
