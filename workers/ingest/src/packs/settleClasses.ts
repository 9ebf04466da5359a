import type { PictureTable } from '../importing/pictureTable.ts';
import { byCodePoints } from '../layout/codePointOrder.ts';

/**
 * The classes that pictures really have, in code-point order or, where it is given, in another; the table's class numbers are made
 * to be places in it.
 * @param names by the table's class numbers; a name may have several
 */
export function settleClasses(table: PictureTable, names: readonly string[], order?: readonly string[]): string[] {
  const used = new Set<string>();
  for (let number = 0; number < table.count; number++) used.add(names[table.classOf(number)] as string);
  const ordered = order !== undefined && [...used].every((name) => order.includes(name));
  const classes = ordered ? order.filter((name) => used.has(name)) : [...used].sort(byCodePoints);
  const places = new Map(classes.map((name, place) => [name, place]));
  const placeOfNumber = names.map((name) => places.get(name) ?? -1);
  for (let number = 0; number < table.count; number++) table.setClass(number, placeOfNumber[table.classOf(number)] as number);
  return classes;
}
