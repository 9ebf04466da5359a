import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EpochRecord } from '@thaw/contract/events';
import type { Checkpoint, Metrics, Run } from '@thaw/contract/runs';
import { UsageError } from '../stack/stackError.ts';

/** What `--json` writes. Losses that are no finite numbers are the strings "NaN", "Infinity" and "-Infinity"; accuracies are fractions. */
export interface Summary {
  runId: string;
  status: Run['status'];
  device: string | null;
  weights: Run['spec']['model']['weights'];
  epochs: EpochRecord[];
  /** The weights of the best epoch; null where none was kept. */
  checkpoint: { uri: string; bytes: number; sha256: string } | null;
  curves: { uri: string; bytes: number }[];
  best: NonNullable<Run['result']>['best'];
  bestTest: NonNullable<Run['result']>['bestTest'];
}

/** What is known of a run once it has ended. */
export interface EndedRun {
  run: Run;
  metrics: Metrics;
  checkpoints: readonly Checkpoint[];
}

/** The checkpoint to take away: the best, or the newest where none was monitored. */
export const bestCheckpoint = (checkpoints: readonly Checkpoint[]): Checkpoint | undefined => checkpoints.find(({ best }) => best) ?? checkpoints.at(-1);

export function summarize({ run, metrics, checkpoints }: EndedRun): Summary {
  const model = bestCheckpoint(checkpoints)?.files.find(({ name }) => name === 'model.safetensors');
  return {
    runId: run.id,
    status: run.status,
    device: run.device,
    weights: run.spec.model.weights,
    epochs: metrics.epochs,
    checkpoint: model === undefined ? null : { uri: model.uri, bytes: model.bytes, sha256: model.sha256 },
    curves: run.curves.map(({ uri, bytes }) => ({ uri, bytes })),
    best: run.result?.best ?? null,
    bestTest: run.result?.bestTest ?? null,
  };
}

/** Whether a summary can be written, asked before hours of training. @throws UsageError */
export function checkSummaryFile(file: string): void {
  const refuse = (why: string): UsageError => new UsageError(`--json cannot write ${file}: ${why}.`);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw refuse('it is a folder');
  const probe = temporaryName(file);
  try {
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw refuse(`its folder ${path.dirname(file)} ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be written to'}`);
  }
}

/** Writes a summary as JSON, whole or not at all. */
export function writeSummary(file: string, summary: object): void {
  const temporary = temporaryName(file);
  try {
    writeFileSync(temporary, `${JSON.stringify(summary, null, 2)}\n`);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

const temporaryName = (file: string): string => path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID().slice(0, 8)}`);
