import type { ReportFacts } from '@thaw/contract/report';
import type { Split } from '@thaw/contract/storageKeys';
import { IngestError } from '../ingestError.ts';
import { quotedName } from '../archive/decodeNames.ts';
import { createFileLookup } from './fileLookup.ts';
import { looksLikeImage } from './fileRole.ts';
import { readFolders, type FolderLayout } from './folders.ts';
import { readLabels, type Labels, type LabelTable } from './labels.ts';

/** Class and part of every image of an upload. */
export interface Layout {
  /** One sentence on how the archive was understood. */
  sentence: string;
  /** What that sentence says: `kind`, and the folder or the tables that it names. */
  facts: ReportFacts;
  /** Of the image with this index; class null: it belongs to none. */
  placeOf(index: number): { class: string | null; split: Split | null };
  /** Folders that would be classes, had they an image. */
  emptyClasses: string[];
  missingLabels: Labels['missing'];
}

const maxClassName = 255;

/**
 * Labels of a table count where they name nearly all images, or where folders tell nothing; else folders do.
 * @param paths of the images
 * @param folders all folders of the archive, also those without images
 * @throws IngestError `unknown_layout`
 */
export function decideLayout(paths: readonly string[], folders: Iterable<string>, tables: readonly LabelTable[]): Layout {
  const telling = paths.filter(looksLikeImage);
  const byFolder = readFolders(telling.length > 0 ? telling : paths);
  const classes = new Set<string>();
  for (const path of paths) {
    const name = byFolder.kind === 'flat_splits' ? null : byFolder.placeOf(path).class;
    if (name !== null) classes.add(name);
  }
  const labels = tables.length > 0 ? readLabels(tables, createFileLookup(paths)) : null;
  if (labels !== null && labels.labels.size > 0 && (classes.size < 2 || labels.labels.size >= telling.length * 0.9)) return byLabels(labels, byFolder, paths);
  if (classes.size === 0) throw unknown(paths, byFolder, tables);
  return {
    sentence: sentenceOf(byFolder),
    facts: { kind: byFolder.kind, root: `/${byFolder.root}`.slice(0, 200) },
    placeOf: (index) => {
      const place = byFolder.placeOf(paths[index] as string);
      return { class: place.class?.slice(0, maxClassName) ?? null, split: place.split };
    },
    emptyClasses: emptyClasses(byFolder, folders, classes),
    missingLabels: { count: 0, names: [] },
  };
}

function byLabels({ labels, missing, tables }: Labels, folders: FolderLayout, paths: readonly string[]): Layout {
  const inSplits = folders.kind === 'splits' || folders.kind === 'flat_splits';
  const named = tables.slice(0, 3).map(quotedName).join(', ');
  return {
    sentence: `Classes come from the labels in ${named}${tables.length > 3 ? ' and others' : ''}.`,
    facts: { kind: 'labels', tables: named },
    placeOf: (index) => {
      const label = labels.get(index);
      if (label === undefined) return { class: null, split: null };
      return { class: label.class.slice(0, maxClassName), split: label.split ?? (inSplits ? folders.placeOf(paths[index] as string).split : null) };
    },
    emptyClasses: [],
    missingLabels: missing,
  };
}

function sentenceOf({ kind, root }: FolderLayout): string {
  const within = root === '' ? '' : ` inside ${quotedName(root.slice(0, -1))}`;
  if (kind === 'splits') return `Folders${within} are parts (train, val, test), and in them classes.`;
  return kind === 'splits_of_classes' ? `Folders${within} are classes, and in them parts (train, val, test).` : `Each folder${within} is a class.`;
}

function emptyClasses(layout: FolderLayout, folders: Iterable<string>, classes: ReadonlySet<string>): string[] {
  const empty = new Set<string>();
  for (const folder of folders) {
    const place = layout.placeOf(`${folder}/x`);
    if (place.class !== null && !classes.has(place.class)) empty.add(place.class);
  }
  return [...empty];
}

function unknown(paths: readonly string[], { kind }: FolderLayout, tables: readonly LabelTable[]): IngestError {
  const found =
    kind === 'flat_splits' ? 'The folders are parts (train, test), but there are no folders for classes in them' : `The ${paths.length} files lie in no folder`;
  const table = tables.length > 0 ? `, and no column of ${quotedName((tables[0] as LabelTable).path)} names them` : '';
  return new IngestError('unknown_layout', `${found}${table}. Put the images of each class into a folder with its name, or add a CSV file with the columns filename and label.`);
}
