import { logToStderr as log } from '@thaw/worker-agent/log';
import { workerProcess } from '@thaw/worker-agent/workerProcess';
import { readEnvironment } from './agent/environment.ts';
import { ingestAgent } from './agent/ingestAgent.ts';

/** An ingest worker: `node workers/ingest/src/main.ts`; its environment is described in agent/environment.ts. */
process.exitCode = await workerProcess((shutdown) => ingestAgent({ environment: readEnvironment(process.env), log, shutdown }), log);
