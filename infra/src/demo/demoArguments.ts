import { describeFaults, resolveSpec } from '@thaw/contract/resolveSpec';
import { presets } from '@thaw/contract/presets';
import { presetName, type PresetName } from '@thaw/contract/runSpec';
import { parseOptions, readStackArguments, stackOptionTypes, type StackArguments } from '../stackArguments.ts';
import { UsageError } from '../stack/stackError.ts';

export const usage = `npm run demo -- [options]

  --preset NAME      recipe: ${presetName.options.join(', ')} (default: quick)
  --epochs N         epochs in all
  --train-limit N    train on so many images, the same number of each class
  --exit             stop at the end instead of leaving the API open
  --json FILE        write a summary of the run
  --port N           use the ports N, N+1... (default: 3000)
  --state DIR        keep the stack's data there (default: .thaw in the checkout)`;

/** What of a recipe the command line can change. */
export interface Wishes {
  preset: PresetName;
  epochs: number | null;
  trainLimit: number | null;
}

export interface DemoArguments extends StackArguments {
  wishes: Wishes;
  exit: boolean;
  help: boolean;
}

/** Reads the command line. @throws UsageError with a sentence */
export function readDemoArguments(args: readonly string[], env: NodeJS.ProcessEnv): DemoArguments {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { ...stackOptionTypes, preset: { type: 'string', default: 'quick' }, epochs: text, 'train-limit': text, exit: flag, help: flag } as const;
  const values = parseOptions(options, `\n${usage}`, args);
  const preset = presetName.safeParse(values.preset).data;
  if (preset === undefined) throw new UsageError(`There is no preset "${values.preset}": choose one of ${presetName.options.join(', ')}.`);
  const wishes = { preset, epochs: readCount('--epochs', values.epochs), trainLimit: readCount('--train-limit', values['train-limit']) };
  recipeFor(wishes);
  const { port, state, json, exit, help } = values;
  const stack = readStackArguments({ port, state, json }, env);
  return { ...stack, wishes, exit, help };
}

function readCount(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text) || count < 1) throw new UsageError(`${option} takes a whole number from 1 on; "${text}" is not one.`);
  return count;
}

/**
 * The request for a run, and what of it deserves a word: frozen epochs never outnumber the epochs.
 * @throws UsageError where the contract refuses it
 */
export function recipeFor({ preset, epochs, trainLimit }: Wishes): { request: Record<string, unknown>; note: string | null } {
  const { freezeEpochs } = presets[preset].schedule;
  const capped = epochs !== null && freezeEpochs > epochs;
  const request = {
    preset,
    ...(epochs !== null && { schedule: { epochs, ...(capped && { freezeEpochs: epochs }) } }),
    ...(trainLimit !== null && { data: { trainLimit } }),
  };
  const resolved = resolveSpec(request);
  if (!resolved.ok) throw new UsageError(`These options do not make a run: ${describeFaults(resolved.faults)}`);
  const all = epochs === 1 ? 'the only one is' : 'all of them are';
  const note = `The preset ${preset} freezes its first ${freezeEpochs} epochs; with --epochs ${epochs} ${all} frozen, so that the head alone trains.`;
  return { request, note: capped ? note : null };
}
