import * as fs from 'node:fs';
import type { RunSpec } from '@thaw/contract/runSpec';
import { encodePng } from '@thaw/formats/png';
import { resolveNormalization } from '../data/normalization.ts';
import { openData } from '../data/openData.ts';
import { chooseParts, type Part } from '../data/parts.ts';
import { contactSheet } from './contactSheet.ts';
import { renderAugmentation } from './renderAugmentation.ts';

export interface PreviewOrder {
  spec: RunSpec;
  /** Folder of packs or of CIFAR-10 binary files. */
  data: string;
  /** Receives the contact sheet. */
  out: string;
  images: number;
  draws: number;
}

export interface PreviewSheet {
  /** In pixels. */
  width: number;
  height: number;
  /** The images of its rows, by their index in the data set and the name of their class. */
  images: { index: number; class: string }[];
}

/**
 * Writes a contact sheet of a run's training images and of what its augmentation makes of them.
 *
 * @throws TrainingError for wrong inputs
 */
export function previewFolder({ spec, data: folder, out, images, draws }: PreviewOrder): PreviewSheet {
  const data = openData(folder);
  try {
    const { train } = chooseParts(data, spec);
    const shown: Part = { ...train, indices: classByClass(train, images) };
    const rendered = renderAugmentation(spec, resolveNormalization(spec, train), shown, draws);
    const sheet = contactSheet(rendered, spec.data.imageSize);
    fs.writeFileSync(`${out}.tmp`, encodePng(sheet));
    fs.renameSync(`${out}.tmp`, out);
    const rows = Array.from(shown.indices, (index) => ({ index, class: data.classes[train.source.labels[index] as number] as string }));
    return { width: sheet.width, height: sheet.height, images: rows };
  } finally {
    data.close();
  }
}

/** The first image of each class, then the second, and so on: files are often sorted by class. */
function classByClass({ source, indices }: Part, most: number): Int32Array {
  const seen = new Map<number, number>();
  const ranked = Array.from(indices, (index) => {
    const label = source.labels[index] as number;
    const rank = seen.get(label) ?? 0;
    seen.set(label, rank + 1);
    return { index, label, rank };
  });
  return Int32Array.from(ranked.sort((a, b) => a.rank - b.rank || a.label - b.label).slice(0, most), ({ index }) => index);
}
