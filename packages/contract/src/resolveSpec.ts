import type { z } from 'zod';
import { noAugmentation, optimizerDefaults, presets, schedulerDefaults } from './presets.ts';
import { presetName, runSpec, type RunSpec } from './runSpec.ts';

/** One fault of a request: where (`['schedule', 'epochs']`) and a sentence that says what to do. */
export interface SpecFault {
  path: (string | number)[];
  message: string;
}
export type ResolvedSpec = { ok: true; spec: RunSpec } | { ok: false; faults: SpecFault[] };

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lays `over` upon `base`: objects field by field, anything else replaces. */
function overlay(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isObject(base) || !isObject(over)) return over;
  // fromEntries makes own properties: a key named __proto__ stays a key, and is refused as unknown.
  const fields = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...fields].map((key) => [key, overlay(base[key], Object.hasOwn(over, key) ? over[key] : undefined)]));
}

/** The preset's fields are no defaults for a scheduler or an optimiser of another type; that type's own are. */
function baseFor(preset: RunSpec, request: Json): Json {
  const base = structuredClone(preset) as unknown as Json;
  const typed = { scheduler: schedulerDefaults, optimizer: optimizerDefaults };
  for (const [field, defaults] of Object.entries(typed)) {
    const asked = request[field];
    const type = isObject(asked) ? asked['type'] : undefined;
    if (typeof type === 'string' && Object.hasOwn(defaults, type) && type !== preset[field as keyof typeof typed].type) base[field] = (defaults as Json)[type];
  }
  const data = request['data'];
  if (isObject(data) && isObject(data['augmentation']) && preset.data.augmentation === null)
    base['data'] = { ...preset.data, augmentation: noAugmentation };
  return base;
}

/**
 * Completes and checks a request for a run. Every field is optional; what is missing comes from the preset named in it, or
 * from `tutorial`. Nothing is ever ignored: an unknown field is a fault.
 *
 * @returns the complete spec, or all faults found, each with the path of the field
 */
export function resolveSpec(request: unknown): ResolvedSpec {
  if (!isObject(request)) return { ok: false, faults: [{ path: [], message: 'a run spec is a JSON object, such as {"preset": "quick"}' }] };
  const name = request['preset'] === undefined ? presetName.parse('tutorial') : presetName.safeParse(request['preset']).data;
  if (name === undefined) {
    const known = presetName.options.join(', ');
    return { ok: false, faults: [{ path: ['preset'], message: `unknown preset ${JSON.stringify(request['preset'])}; choose one of ${known}` }] };
  }
  return lay(presets[name], request);
}

function lay(base: RunSpec, request: Json): ResolvedSpec {
  const result = runSpec.safeParse(overlay(baseFor(base, request), request));
  return result.success ? { ok: true, spec: result.data } : { ok: false, faults: result.error.issues.flatMap(faultsOf) };
}

/**
 * A spec with changes: any part of one, laid over it as a request is laid over a preset. The preset is what the spec was made of, and
 * no change.
 */
export function changeSpec(spec: RunSpec, changes: Json): ResolvedSpec {
  const { preset } = changes;
  if (preset === undefined || preset === spec.preset) return lay(spec, changes);
  return { ok: false, faults: [{ path: ['preset'], message: `the recipe comes from "${spec.preset}"; leave preset out, or make a run of the preset ${JSON.stringify(preset)} itself` }] };
}

/** An issue of zod as faults: an unknown field is a fault of its own. */
export function faultsOf(issue: z.core.$ZodIssue): SpecFault[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: `unknown field ${JSON.stringify(key)}; remove it or correct its spelling` }));
  return [{ path, message: issue.message }];
}

/** Faults as one text, a line each, for a terminal. */
export function describeFaults(faults: readonly SpecFault[]): string {
  return faults.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('\n');
}
