import { parseOptions, readStackArguments, stackOptionTypes } from './stackArguments.ts';
import { readSetupPaths } from './stack/setupPaths.ts';
import { readStackEnvironment } from './stack/stackEnvironment.ts';
import { StackError, UsageError } from './stack/stackError.ts';
import { startStack } from './stack/startStack.ts';
import { writePrivateFile } from './stack/stateFolder.ts';
import { stopSignals } from './stopSignals.ts';

/** `npm start`: the embedded stack until Ctrl-C. Exit 0 when asked to stop, 1 on a failure, 2 for wrong arguments. */
const usage = 'npm start -- [--port N] [--state DIR] [--json FILE]';

async function main(): Promise<void> {
  const { firstPort, stateFolder, jsonFile } = readStackArguments(parseOptions(stackOptionTypes, usage), process.env);
  const signal = stopSignals();
  const log = (line: string): void => console.error(`start: ${line}`);
  const environment = readStackEnvironment(process.env);
  const stack = await startStack({ stateFolder, firstPort, environment, paths: readSetupPaths(), maxWorkers: 1, log, signal });
  try {
    if (jsonFile !== null) writePrivateFile(jsonFile, `${JSON.stringify(stack.addresses, null, 2)}\n`);
    const { dashboard, api, email, password, apiKey, s3 } = stack.addresses;
    console.log(`\nThaw is running.\n${dashboard === null ? '' : `  look at  ${dashboard}\n`}  API      ${api}/v1\n  API key  ${apiKey}\n  sign in  ${email}, ${password === null ? 'with the password that you have chosen' : `password ${password}`}\n  storage  ${s3.endpoint}, bucket ${s3.bucket}\n  state    ${stateFolder}\nStop it with Ctrl-C.`);
    const stopped = new Promise<null>((resolve) => {
      if (signal.aborted) resolve(null);
      signal.addEventListener('abort', () => resolve(null));
    });
    const broken = await Promise.race([stack.broken, stopped]);
    if (broken !== null) throw new StackError(`${broken}, so everything is stopped. Its log is in ${stateFolder}/logs.`);
    log('stopping');
  } finally {
    await stack.stop();
  }
}

try {
  await main();
  console.error('start: stopped');
} catch (error) {
  if (error instanceof Error && ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'].includes(error.message)) console.error('start: stopped');
  else {
    console.error(error instanceof StackError || error instanceof UsageError ? error.message : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
// A handle that someone forgot must not keep a stopped stack alive.
process.exit();
