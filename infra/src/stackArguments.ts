import path from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { portCount } from './stack/stackPorts.ts';
import { repositoryRoot } from './stack/setupPaths.ts';
import { UsageError } from './stack/stackError.ts';

export interface StackArguments {
  firstPort: number;
  stateFolder: string;
  jsonFile: string | null;
}

/** Options that `npm start` and `npm run demo` share, for parseArgs. */
export const stackOptionTypes = { port: { type: 'string' }, state: { type: 'string' }, json: { type: 'string' } } as const;

/** Paths are meant from where npm was called. */
export const fromCaller = (file: string, env: NodeJS.ProcessEnv): string => path.resolve(env['INIT_CWD'] ?? process.cwd(), file);

/** @throws UsageError */
export function readStackArguments(values: { port?: string | undefined; state?: string | undefined; json?: string | undefined }, env: NodeJS.ProcessEnv): StackArguments {
  const { port = '3000', state, json } = values;
  const last = 65_535 - portCount + 1;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > last) {
    throw new UsageError(`--port takes the first of ${portCount} ports in a row, from 1 to ${last}; "${port}" is not one.`);
  }
  return {
    firstPort: Number(port),
    stateFolder: state === undefined ? path.join(repositoryRoot, '.thaw') : fromCaller(state, env),
    jsonFile: json === undefined ? null : fromCaller(json, env),
  };
}

/** The command line's options. @throws UsageError with `usage` below the reason */
export function parseOptions<Options extends NonNullable<ParseArgsConfig['options']>>(options: Options, usage: string, args: readonly string[] = process.argv.slice(2)) {
  try {
    return parseArgs({ options, args: [...args], strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}
