import { fileURLToPath } from 'node:url';
import { runWorker } from './agent/runWorker.ts';

/** A worker: `node workers/gpu/src/main.ts`; its environment is described in agent/environment.ts. */
process.exitCode = await runWorker(process.env, [process.execPath, fileURLToPath(new URL('cli.ts', import.meta.url))]);
