import { noAugmentation, optimizerDefaults, presets, schedulerDefaults } from '@thaw/contract/presets';
import type { PresetName, RunSpec } from '@thaw/contract/runSpec';

/** A recipe while it is written: of the shape of a RunSpec, but what is typed into it may be anything. */
export type Draft = { [key: string]: unknown };
type Path = readonly string[];

const isObject = (value: unknown): value is Draft => typeof value === 'object' && value !== null && !Array.isArray(value);

export const draftOf = (spec: RunSpec): Draft => structuredClone(spec) as unknown as Draft;

export function getIn(draft: Draft, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), draft);
}

/** The draft with another value at a place; nothing of the old one changes. */
export function setIn(draft: Draft, path: Path, value: unknown): Draft {
  const [key, ...rest] = path;
  if (key === undefined) return draft;
  const inner = draft[key];
  return { ...draft, [key]: rest.length === 0 ? value : setIn(isObject(inner) ? inner : {}, rest, value) };
}

/** The shortest request that means this draft: what differs from its preset. */
export function requestOf(draft: Draft): Draft {
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
