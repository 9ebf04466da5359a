import type { SpecFault } from '@thaw/contract/resolveSpec';
import { getIn, type Draft } from './draft.ts';
import { advancedGroups, otherFields, type FieldRow } from './recipeFields.ts';

const placeOf = (row: FieldRow): string => ('path' in row ? row.path : row.name);

/** How many of some fields differ from those of another recipe; a part that is of another kind, or off, counts once. */
export function countChanges(rows: readonly FieldRow[], draft: Draft, base: Draft): number {
  return rows.reduce((sum, row) => {
    const path = placeOf(row).split('.');
    const [now, before] = [getIn(draft, path), getIn(base, path)];
    switch (row.kind) {
      case 'switch':
        if ((now === null) !== (before === null)) return sum + 1;
        return now === null ? sum : sum + countChanges(row.rows, draft, base);
      case 'union': {
        if (row.kindOf(now) !== row.kindOf(before)) return sum + 1;
        return sum + countChanges(row.kinds.find(({ value }) => value === row.kindOf(now))?.rows ?? [], draft, base);
      }
      default:
        return sum + (JSON.stringify(now) === JSON.stringify(before) ? 0 : 1);
    }
  }, 0);
}

/** The paths of all fields that rows can set, of each kind that there is. */
export function pathsOf(rows: readonly FieldRow[]): string[] {
  return rows.flatMap((row) => [placeOf(row), ...('rows' in row ? pathsOf(row.rows) : []), ...('kinds' in row ? row.kinds.flatMap((kind) => pathsOf(kind.rows)) : [])]);
}

/** All fields of the page. */
export const allPaths: readonly string[] = [...otherFields, ...pathsOf(Object.values<readonly FieldRow[]>(advancedGroups).flat())];

/** Whether a fault is that of one of some fields; that of a part of a list is. */
export const isFaultOf = (paths: readonly string[], { path }: SpecFault): boolean => paths.includes(path.join('.')) || paths.includes(path.slice(0, -1).join('.'));
