import type { QuarantinedFile } from '@thaw/contract/datasets';
import type { ReportEntry } from '@thaw/contract/report';
import type { PictureTable } from '../importing/pictureTable.ts';
import type { ProgressMeter } from '../importing/progress.ts';
import type { PixelSource } from '../importing/spool.ts';
import { reportEntryOf, reportPictures } from '../report/buildReport.ts';
import { findDuplicates } from '../report/findDuplicates.ts';
import { markDuplicates } from '../report/markDuplicates.ts';
import { assignSplits, type SplitWish } from './assignSplits.ts';
import { writeVersion, type WrittenVersion } from './writeVersion.ts';

export interface UnfinishedVersion {
  table: PictureTable;
  pixels: PixelSource;
  /** In their order; the table's class numbers are places in it. */
  classes: readonly string[];
  quarantined: readonly QuarantinedFile[];
  /** What is said of the archive. */
  report: readonly ReportEntry[];
  split: SplitWish;
  /** Draw train and test anew, whatever there is. */
  resplit: boolean;
}

export interface FinishedVersion extends WrittenVersion {
  classes: readonly string[];
  /** Pixels. */
  side: number;
  report: ReportEntry[];
  quarantined: number;
}

/** From pictures with classes to packs: duplicates are found, parts drawn, the report made, everything written. */
export async function finishVersion(version: UnfinishedVersion, folder: string, progress: ProgressMeter, signal: AbortSignal): Promise<FinishedVersion> {
  const { table, pixels, classes, quarantined, split, resplit } = version;
  progress.stage('checking');
  const duplicates = await findDuplicates(table);
  signal.throwIfAborted();
  const report = [...version.report];
  if (assignSplits(table, duplicates.groups, split, resplit)) {
    const test = Array.from({ length: table.count }, (_, number) => number).filter((number) => table.splitOf(number) === 'test').length;
    report.push(reportEntryOf('split_made', test, [], { sentence: `${test} of ${table.count} images, seed ${split.seed}.`, facts: { test, images: table.count, seed: split.seed } }));
  }
  const stays = markDuplicates(table, duplicates);
  report.push(...reportPictures(table, classes, stays));
  const written = await writeVersion({ table, pixels, classes, stays, quarantined }, folder, progress, signal);
  return { ...written, classes, side: pixels.side, report, quarantined: quarantined.length };
}
