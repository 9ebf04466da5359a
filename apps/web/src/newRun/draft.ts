import { noAugmentation, optimizerDefaults, presets, schedulerDefaults } from '@thaw/contract/presets';
import { changeSpec, resolveSpec, type ResolvedSpec } from '@thaw/contract/resolveSpec';
import type { Run } from '@thaw/contract/runs';
import type { PresetName, RunSpec } from '@thaw/contract/runSpec';

/** A recipe while it is written: of the shape of a RunSpec, but what is typed into it may be anything. */
export type Draft = { [key: string]: unknown };
type Path = readonly string[];

const isObject = (value: unknown): value is Draft => typeof value === 'object' && value !== null && !Array.isArray(value);

export const draftOf = (spec: RunSpec): Draft => structuredClone(spec) as unknown as Draft;

export function getIn(draft: Draft, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (isObject(value) || Array.isArray(value) ? (value as Draft)[key] : undefined), draft);
}

/** The draft with another value at a place, also one in a list; nothing of the old one changes. */
export function setIn(draft: Draft, path: Path, value: unknown): Draft {
  const [key, ...rest] = path;
  if (key === undefined) return draft;
  const inner = draft[key];
  const changed = rest.length === 0 ? value : setIn(isObject(inner) || Array.isArray(inner) ? (inner as Draft) : {}, rest, value);
  return Array.isArray(draft) ? (Object.assign([...(draft as unknown[])], { [key]: changed }) as unknown as Draft) : { ...draft, [key]: changed };
}

/** A call of the API that makes a run, and what the recipe of that run will be, or what is wrong with it. */
export interface Order {
  path: `/v1/${string}`;
  body: Draft;
  resolved: ResolvedSpec;
}

/**
 * How a draft becomes a run: a copy of the run that it began as, with changes, so that the version of its data and its weights stay; else a
 * run of its preset.
 */
export function orderOf(draft: Draft, from: Pick<Run, 'id' | 'spec'> | null): Order {
  if (from === null) {
    const body = requestOf(draft);
    return { path: '/v1/runs', body, resolved: resolveSpec(body) };
  }
  const body = difference(draft, baseOf(from.spec, draft));
  return { path: `/v1/runs/${from.id}/clone`, body, resolved: changeSpec(from.spec, body) };
}

/** The shortest request that means this draft: what differs from its preset. */
function requestOf(draft: Draft): Draft {
  const name = String(draft['preset']);
  if (!Object.hasOwn(presets, name)) return draft;
  const base = baseOf(presets[name as PresetName], draft);
  return { preset: name, ...difference(draft, base) };
}

/** What a request that leaves a field out gets: the preset's, and the type's own where another optimiser or scheduler is named. */
function baseOf(preset: RunSpec, draft: Draft): Draft {
  const base = draftOf(preset);
  const typed = { optimizer: optimizerDefaults, scheduler: schedulerDefaults } as const;
  for (const [field, defaults] of Object.entries(typed)) {
    const type = getIn(draft, [field, 'type']);
    if (typeof type === 'string' && type !== getIn(base, [field, 'type']) && Object.hasOwn(defaults, type)) base[field] = { ...(defaults as Record<string, object>)[type], type: undefined };
  }
  if (preset.data.augmentation === null && isObject(getIn(draft, ['data', 'augmentation']))) base['data'] = { ...preset.data, augmentation: { ...noAugmentation } };
  return base;
}

function difference(draft: Draft, base: Draft): Draft {
  return Object.fromEntries(
    Object.entries(draft).flatMap(([key, value]) => {
      const before = base[key];
      if (isObject(value) && isObject(before)) {
        const inner = difference(value, before);
        return Object.keys(inner).length === 0 ? [] : [[key, inner]];
      }
      return JSON.stringify(value) === JSON.stringify(before) ? [] : [[key, value]];
    }),
  );
}
