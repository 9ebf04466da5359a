import type { Split } from '@thaw/contract/storageKeys';
import { splitNamed, splitWithin } from './splitNames.ts';

/** Where a path belongs by its folders; class null: it stands in no folder of a class. */
export interface Place {
  class: string | null;
  split: Split | null;
}

export interface FolderLayout {
  kind: 'classes' | 'splits' | 'splits_of_classes' | 'flat_splits';
  /** Folders that wrap everything, with a slash at the end; often empty. */
  root: string;
  placeOf(path: string): Place;
}

/** Nobody wraps a folder more often. */
const maxWrappers = 32;
const nowhere: Place = { class: null, split: null };

/**
 * How folders mean classes and parts.
 * @param paths of the images
 */
export function readFolders(paths: readonly string[]): FolderLayout {
  const root = wrapper(paths, '');
  const tops = new Map<string, string[]>();
  for (const path of paths) {
    const top = path.startsWith(root) ? segment(path, root.length) : null;
    if (top === null) continue;
    const list = tops.get(top);
    if (list === undefined) tops.set(top, [path]);
    else list.push(path);
  }
  const splits = splitsOf([...tops.keys()]);
  if (splits !== null) {
    // Each part may be wrapped once more, as in training_set/training_set/cats.
    const inner = new Map([...tops].map(([top, list]) => [top, wrapper(list, `${root}${top}/`)]));
    const flat = [...tops].every(([top, list]) => list.every((path) => segment(path, (inner.get(top) as string).length) === null));
    return { kind: flat ? 'flat_splits' : 'splits', root, placeOf: (path) => inSplits(path, root, splits, inner) };
  }
  const below = paths.filter((path) => path.startsWith(root) && segment(path, root.length) !== null);
  const turned = below.length > 0 && below.every((path) => splitNamed(second(path, root) ?? '') !== null);
  return {
    kind: turned ? 'splits_of_classes' : 'classes',
    root,
    placeOf: (path) => {
      if (!path.startsWith(root)) return nowhere;
      return { class: segment(path, root.length), split: turned ? splitNamed(second(path, root) ?? '') : null };
    },
  };
}

function inSplits(path: string, root: string, splits: ReadonlyMap<string, Split>, inner: ReadonlyMap<string, string>): Place {
  const top = path.startsWith(root) ? segment(path, root.length) : null;
  if (top === null) return nowhere;
  const start = inner.get(top) ?? `${root}${top}/`;
  return { class: path.startsWith(start) ? segment(path, start.length) : null, split: splits.get(top) ?? null };
}

/** The folder that begins at `start` of a path; null where the file itself begins there. */
function segment(path: string, start: number): string | null {
  const end = path.indexOf('/', start);
  return end < 0 ? null : path.slice(start, end);
}

function second(path: string, root: string): string | null {
  const end = path.indexOf('/', root.length);
  return end < 0 ? null : segment(path, end + 1);
}

/** Goes down while everything lies in one folder that itself has folders: `pets/` of pets/cat/1.jpg. */
function wrapper(paths: readonly string[], start: string): string {
  let root = start;
  for (let depth = 0; depth < maxWrappers; depth++) {
    let only: string | null = null;
    let deeper = false;
    for (const path of paths) {
      const top = path.startsWith(root) ? segment(path, root.length) : null;
      if (top === null) continue;
      if (only !== null && top !== only) return root;
      only = top;
      deeper ||= segment(path, root.length + top.length + 1) !== null;
    }
    if (only === null || !deeper) return root;
    root += `${only}/`;
  }
  return root;
}

/** The part that each folder names, where all of them do: strictly, or in longer names that name a training part, too. */
function splitsOf(names: readonly string[]): Map<string, Split> | null {
  for (const read of [splitNamed, splitWithin]) {
    const splits = names.map((name) => [name, read(name)] as const);
    if (names.length < 2 || splits.some(([, split]) => split === null)) continue;
    if (read === splitWithin && (!splits.some(([, split]) => split === 'train') || splits.every(([, split]) => split === 'train'))) continue;
    return new Map(splits as [string, Split][]);
  }
  return null;
}
