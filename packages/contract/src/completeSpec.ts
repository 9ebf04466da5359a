import { optimizerDefaults, presets, schedulerDefaults } from './presets.ts';
import { resolveSpec } from './resolveSpec.ts';
import type { RunSpec } from './runSpec.ts';

/**
 * A spec as it was stored, with the fields that the contract has gained since. Those are off, as they were when it was stored:
 * `tutorial` has every later field off, whatever the run's own preset says by now.
 */
export function completeSpec(stored: RunSpec): RunSpec {
  const { preset, optimizer, scheduler } = stored;
  const whole = { ...presets.tutorial, optimizer: optimizerDefaults[optimizer.type], scheduler: schedulerDefaults[scheduler.type] };
  if (hasFields(stored, whole)) return stored;
  const resolved = resolveSpec({ ...stored, preset: presets.tutorial.preset });
  return resolved.ok ? { ...resolved.spec, preset } : stored;
}

/** Whether `value` has the fields of `model`, at every depth where both are objects. */
function hasFields(value: unknown, model: unknown): boolean {
  if (typeof value !== 'object' || value === null || typeof model !== 'object' || model === null) return value !== undefined;
  if (Array.isArray(value) || Array.isArray(model)) return true;
  return Object.entries(model).every(([key, field]) => hasFields((value as Record<string, unknown>)[key], field));
}
