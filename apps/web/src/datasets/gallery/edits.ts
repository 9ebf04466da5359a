import type { datasetEdits, ImagePlace } from '@thaw/contract/datasets';
import type { z } from 'zod';

/** What is to become of an image. */
export type Edit = { place: ImagePlace } & ({ kind: 'exclude' } | { kind: 'relabel'; class: string });

/** By `keyOf` of the image. They take effect all together, as a new version. */
export type Edits = ReadonlyMap<string, Edit>;
export const noEdits: Edits = new Map();

export const keyOf = ({ split, row }: ImagePlace): string => `${split} ${row}`;

export function asRequest(edits: Edits): z.input<typeof datasetEdits> {
  const all = [...edits.values()];
  return {
    exclude: all.flatMap((edit) => (edit.kind === 'exclude' ? [edit.place] : [])),
    relabel: all.flatMap((edit) => (edit.kind === 'relabel' ? [{ ...edit.place, class: edit.class }] : [])),
  };
}
