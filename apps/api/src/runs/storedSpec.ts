import { completeSpec } from '@thaw/contract/completeSpec';
import type { RunSpec } from '@thaw/contract/runSpec';

/** Recipes are few: most runs are made of a preset, or repeat one of their owner's. */
const mostKept = 500;
const kept = new Map<string, RunSpec>();
const complete = new WeakSet<RunSpec>();

/** The spec that the database holds as this text, completed; the same object for the same text, which nobody may change. */
export function readStoredSpec(text: string): RunSpec {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const spec = completeSpec(JSON.parse(text) as RunSpec);
  complete.add(spec);
  const oldest = kept.size < mostKept ? undefined : kept.keys().next().value;
  if (oldest !== undefined) kept.delete(oldest);
  kept.set(text, spec);
  return spec;
}

/** The same of one that was read otherwise. */
export const completed = (spec: RunSpec): RunSpec => (complete.has(spec) ? spec : completeSpec(spec));
