import type { Run } from '@thaw/contract/runs';
import path from 'node:path';
import type { StackAddresses } from '../stack/startStack.ts';
import { writePrivateFile } from '../stack/stateFolder.ts';
import { UsageError } from '../stack/stackError.ts';
import { announceRun, noWeightsNotice } from './announce.ts';
import { apiClient, ApiProblem, type ApiClient } from './apiClient.ts';
import { recipeFor, type DemoArguments, type Wishes } from './demoArguments.ts';
import { followRun } from './followRun.ts';
import { fetchCommands, openAddresses, startCommand } from './pointers.ts';
import { reportRun } from './report.ts';
import type { Screen } from './screen.ts';
import { showRun } from './showRun.ts';
import { summarize, writeSummary } from './summary.ts';

/**
 * Launches a run on a stack that is up, shows it to its end and says what it has left; then waits for `signal`, or not (`exit`).
 * @returns the exit code
 * @throws the signal's reason when it is aborted before the run has ended, which is then cancelled
 */
export async function runDemo(order: DemoArguments, addresses: StackAddresses, screen: Screen, signal: AbortSignal): Promise<number> {
  const access = { url: addresses.api, key: addresses.apiKey };
  const api = apiClient(access, signal);
  const keyFile = path.join(order.stateFolder, 'api-key');
  writePrivateFile(keyFile, `${addresses.apiKey}\n`);

  const launched = await launch(api, order.wishes, screen);
  try {
    screen.say(announceRun(launched));
    await showRun(launched, followRun({ ...access, runId: launched.id, signal }), screen);
  } catch (error) {
    // Else it would go on by itself at the next start, before any other.
    const cancelled = await api.cancelRun(launched.id).then(() => true, () => false);
    if (cancelled) screen.say(`Run ${launched.id} is cancelled. Its last checkpoint is kept: POST /v1/runs/${launched.id}/resume goes on from there.`);
    throw error;
  }
  const [run, metrics, checkpoints] = await Promise.all([api.getRun(launched.id), api.getMetrics(launched.id), api.listCheckpoints(launched.id)]);
  const ended = { run, metrics, checkpoints };
  screen.lines(...reportRun(ended, screen.columns));
  if (order.jsonFile !== null) {
    writeSummary(order.jsonFile, summarize(ended));
    screen.lines(`Summary: ${order.jsonFile}`);
  }
  const commands = fetchCommands(ended, addresses, keyFile);
  const exitCode = run.status === 'succeeded' ? 0 : 1;
  const hint = order.exit ? `To fetch them, open the stack again (${startCommand(order)}) and` : 'To fetch them';
  if (commands.length > 0) screen.lines('', hint, ...commands);
  if (order.exit) return exitCode;
  screen.lines('', 'Thaw stays open', ...openAddresses(addresses, keyFile), 'Stop it with Ctrl-C.');
  await aborted(signal);
  return exitCode;
}

/** Queues the run that is wished for or, where the API has no ImageNet weights, its baseline. */
async function launch(api: ApiClient, wishes: Wishes, screen: Screen): Promise<Run> {
  try {
    return await create(api, wishes, screen);
  } catch (error) {
    if (!(error instanceof ApiProblem) || !error.faults.some(({ path }) => path === 'model.weights')) throw asUsage(error);
  }
  screen.say(...noWeightsNotice, '');
  try {
    return await create(api, { ...wishes, preset: 'scratch' }, screen);
  } catch (error) {
    throw asUsage(error);
  }
}

async function create(api: ApiClient, wishes: Wishes, screen: Screen): Promise<Run> {
  const { request, note } = recipeFor(wishes);
  const run = await api.createRun(request);
  if (note !== null) screen.say(note);
  return run;
}

/** What the API finds wrong with the run came from the command line. */
function asUsage(error: unknown): unknown {
  if (!(error instanceof ApiProblem) || error.status !== 422) return error;
  const words = error.faults.map(({ path, message }) => `${path}: ${message}`);
  return new UsageError(`These options do not make a run. ${words.length > 0 ? words.join('\n') : error.message}`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
