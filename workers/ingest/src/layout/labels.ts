import type { Split } from '@thaw/contract/storageKeys';
import { csvRows, decodeText, delimiterOf } from './csv.ts';
import type { FileLookup } from './fileLookup.ts';
import { splitNamed, splitWithin } from './splitNames.ts';

/** A table of labels as it lies in the archive. */
export interface LabelTable {
  path: string;
  bytes: Uint8Array;
}

export interface Labels {
  /** Of images by their index. */
  labels: Map<number, { class: string; split: Split | null }>;
  /** Names that are in a table and not in the archive: how many, and the first of them. */
  missing: { count: number; names: string[] };
  /** Tables that were used. */
  tables: string[];
}

const fileHeaders = /^(file|files|filename|filenames|filepath|filepaths|path|paths|image|images|img|imageid|imagename|imagefile|imagepath|id|name)$/;
/** Best first: a name of a class is worth more than its number. */
const labelHeaders = [/^(classname|labelname|categoryname|labeltext)$/, /^(label|labels)$/, /^(class|classes)$/, /^(category|categories|target|species|breed|tag|dx|diagnosis)$/, /^(y|type|classid|labelid|categoryid)$/];
const splitHeaders = /^(split|splits|set|subset|dataset|phase|partition|usage)$/;
const sampleRows = 200;
const maxColumns = 1000;

interface Columns {
  header: boolean;
  file: number;
  label: number;
  split: number | null;
}

/** Reads all tables that name images and a class for each. A table that is about something else is passed over. */
export function readLabels(tables: readonly LabelTable[], files: FileLookup): Labels {
  const labels: Labels['labels'] = new Map();
  const missing: Labels['missing'] = { count: 0, names: [] };
  const used: string[] = [];
  for (const { path, bytes } of tables) {
    const text = decodeText(bytes);
    const delimiter = delimiterOf(text);
    const columns = findColumns(sample(csvRows(text, delimiter)), path, files);
    if (columns === null) continue;
    used.push(path);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const splitOfTable = splitWithin(name.slice(0, name.lastIndexOf('.')));
    let first = columns.header;
    for (const row of csvRows(text, delimiter)) {
      if (first) {
        first = false;
        continue;
      }
      const file = row[columns.file] ?? '';
      const label = (row[columns.label] ?? '').replace(/\p{Cc}/gu, ' ').trim().normalize('NFC');
      const index = file === '' ? null : files.find(file, path);
      if (index === null) {
        if (file === '') continue;
        missing.count += 1;
        if (missing.names.length < 20) missing.names.push(file.replace(/\p{Cc}/gu, '\ufffd').slice(0, 1024));
      } else if (label !== '' && !labels.has(index)) {
        const split = columns.split === null ? splitOfTable : splitNamed(row[columns.split] ?? '');
        labels.set(index, { class: label, split });
      }
    }
  }
  return { labels, missing, tables: used };
}

function sample(rows: Generator<string[]>): string[][] {
  const taken: string[][] = [];
  for (const row of rows) {
    taken.push(row.slice(0, maxColumns));
    if (taken.length > sampleRows) break;
  }
  return taken;
}

/** Which column names files is told by the files; which one has the classes, by the header or by what is left. */
function findColumns(rows: readonly string[][], path: string, files: FileLookup): Columns | null {
  const [head] = rows;
  if (head === undefined || head.length < 2) return null;
  const width = head.length;
  const isFile = (cell: string | undefined): boolean => cell !== undefined && cell !== '' && files.find(cell, path) !== null;
  const headers = head.map((cell) => cell.toLowerCase().replace(/[\s_-]+/g, ''));
  const hits = headers.map((header, column) => ({ column, found: rows.filter((row) => isFile(row[column])).length, named: fileHeaders.test(header) ? 1 : 0 }));
  const best = hits.reduce((a, b) => (b.found > a.found || (b.found === a.found && b.named > a.named) ? b : a));
  if (best.found === 0 || (best.named === 0 && best.found < rows.length / 2)) return null;
  const header = !isFile(head[best.column]);
  const others = headers.map((_, column) => column).filter((column) => column !== best.column);
  const split = header ? (others.find((column) => splitHeaders.test(headers[column] as string) && mostlySplits(rows, column)) ?? null) : (others.find((column) => mostlySplits(rows, column)) ?? null);
  const left = others.filter((column) => column !== split);
  const byHeader = header ? labelHeaders.flatMap((pattern) => left.filter((column) => pattern.test(headers[column] as string)))[0] : undefined;
  const label = byHeader ?? (left.length === 1 || !header ? left[0] : undefined);
  return label === undefined || width > maxColumns ? null : { header, file: best.column, label, split };
}

function mostlySplits(rows: readonly string[][], column: number): boolean {
  const cells = rows.slice(1).map((row) => row[column] ?? '');
  return cells.length > 0 && cells.filter((cell) => splitNamed(cell) !== null).length > cells.length * 0.8;
}
