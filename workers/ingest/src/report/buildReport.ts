import { imageIssue, reportRules, type ReportCode, type ReportEntry, type ReportFacts } from '@thaw/contract/report';
import { byCodePoints } from '../layout/codePointOrder.ts';
import type { PictureTable } from '../importing/pictureTable.ts';

const mostFiles = 20;
/** Fewer images than this are few. */
const fewImages = 10;
/** The largest class has so many times the images of the smallest. */
const unevenRatio = 10;

/** What is special to one version: a sentence in English, and the figures and names in it. */
interface ReportDetail {
  sentence: string;
  facts: ReportFacts;
}

/** One entry, in the words of the contract and what is special to this version. */
export function reportEntryOf(code: ReportCode, count: number, files: Iterable<string>, detail?: ReportDetail): ReportEntry {
  const { severity, remedy, sentence } = reportRules[code];
  const named = [...files].slice(0, mostFiles).map((file) => file.slice(0, 1024));
  const entry = { code, severity, count, files: named, remedy };
  if (detail === undefined) return { ...entry, message: sentence };
  return { ...entry, message: `${sentence} ${detail.sentence}`.slice(0, 2000), facts: detail.facts };
}

/**
 * What is to be said of a version's pictures: a complete table, its classes in order, and what stays for each duplicate.
 * What is said of the archive itself comes from elsewhere.
 */
export function reportPictures(table: PictureTable, classes: readonly string[], stays: Int32Array): ReportEntry[] {
  return [...reportImages(table, stays), ...reportClasses(table, classes)];
}

function reportImages(table: PictureTable, stays: Int32Array): ReportEntry[] {
  return imageIssue.options.flatMap((code) => {
    const files: string[] = [];
    let count = 0;
    let going = 0;
    for (let number = 0; number < table.count; number++) {
      if (!table.has(number, code)) continue;
      count += 1;
      if (stays[number] !== -1) going += 1;
      if (files.length < mostFiles) files.push(table.pathOf(number));
    }
    if (count === 0) return [];
    const detail = code === 'exact_duplicates' || code === 'near_duplicates' ? { sentence: `Of ${count} images ${going} would go.`, facts: { images: count, going } } : undefined;
    return [reportEntryOf(code, count, files, detail)];
  });
}

function reportClasses(table: PictureTable, classes: readonly string[]): ReportEntry[] {
  const counts = { all: classes.map(() => 0), train: classes.map(() => 0), test: classes.map(() => 0) };
  for (let number = 0; number < table.count; number++) {
    const label = table.classOf(number);
    const split = table.splitOf(number);
    for (const list of [counts.all, split === 'train' ? counts.train : split === 'test' ? counts.test : null]) if (list !== null) list[label] = (list[label] as number) + 1;
  }
  const where = (list: readonly number[], test: (count: number) => boolean): string[] => classes.filter((_, label) => test(list[label] as number));
  const entries: ReportEntry[] = [];
  const add = (code: ReportCode, names: readonly string[], detail?: ReportDetail): void => {
    if (names.length > 0) entries.push(reportEntryOf(code, names.length, names, detail));
  };
  const most = Math.max(...counts.all);
  const least = Math.min(...counts.all);
  const hasTest = counts.test.some((count) => count > 0);
  const alike = [...Map.groupBy(classes, (name) => name.toLowerCase()).values()].filter((names) => names.length > 1).flat();
  add('few_images', where(counts.all, (count) => count > 1 && count < fewImages), { sentence: `Fewer than ${fewImages}.`, facts: { fewerThan: fewImages } });
  if (most >= unevenRatio * least) add('class_imbalance', where(counts.all, (count) => most >= unevenRatio * count), { sentence: `${most} images against ${least}.`, facts: { most, least } });
  add('case_classes', alike.sort(byCodePoints));
  if (!hasTest) entries.push(reportEntryOf('no_test_part', 0, []));
  else add('class_missing_in_test', where(counts.test, (count) => count === 0));
  if (classes.length < 2) add('too_few_classes', classes, { sentence: `There is one: ${classes.join('')}.`, facts: { name: classes.join('') } });
  add('too_few_images', where(counts.all, (count) => count < 2));
  add('class_missing_in_train', where(counts.train, (count) => count === 0));
  return entries;
}
