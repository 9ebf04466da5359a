import { z } from 'zod';
import type { EpochRecord } from './events.ts';
import { metricNumber } from './numbers.ts';
import type { Run } from './runs.ts';
import { companionKind, type RunSpec } from './runSpec.ts';
import { runStatus } from './runStatus.ts';

const figures = z.object({ loss: metricNumber, accuracy: z.number() });

/** What came of a run. What is not there (yet) is null. */
export const comparisonFigures = z.object({
  /** Finished epochs. */
  epochs: z.number().int(),
  bestEpoch: z.number().int().nullable(),
  /** Of the best epoch, where the monitor is `val`. */
  val: figures.nullable(),
  /** Once it has succeeded: of the best epoch; where the monitor is `test` of the last one, as in evaluation.json. */
  test: figures.nullable(),
  /** Of training and evaluation, and of all cores together. */
  seconds: z.number().nullable(),
  cpuSeconds: z.number().nullable(),
});
export type ComparisonFigures = z.infer<typeof comparisonFigures>;

/** One line of a comparison. */
const comparisonRow = z.object({
  kind: z.enum([...companionKind.options, 'run']),
  /** The run behind it: a companion, or the run itself. */
  run: z.string().nullable(),
  /** Null where there is no such companion. */
  status: runStatus.nullable(),
  ...comparisonFigures.shape,
  /**
   * Percentage points of test accuracy that the run itself is above this line: what fine-tuning brought (`untuned`), what training the
   * backbone brought (`linear_probe`), what pretraining brought (`scratch`).
   */
  gain: z.number().nullable(),
});
export type ComparisonRow = z.infer<typeof comparisonRow>;

/** A run beside its companions: the four lines in this order, untuned, linear probe, scratch, the run itself. */
export const comparison = z.object({ run: z.string().nullable(), rows: z.array(comparisonRow).length(4) });
export type Comparison = z.infer<typeof comparison>;

/** A run as far as it is compared. `run` null: it has no id, as on the command line. */
export interface ComparedRun extends Pick<Run, 'status' | 'lastEpoch' | 'result'> {
  run: string | null;
  monitor: RunSpec['data']['monitor'];
}

export interface Compared {
  run: ComparedRun;
  /** Epoch 0 of the run itself. */
  untuned: EpochRecord | null;
  linearProbe: ComparedRun | null;
  scratch: ComparedRun | null;
}

export function compareRuns({ run, untuned, linearProbe, scratch }: Compared): Comparison {
  const own = trainedRow('run', run);
  const rows = [untunedRow(run, untuned), trainedRow('linear_probe', linearProbe), trainedRow('scratch', scratch)];
  // To a thousandth of a point: what is behind is the noise of the subtraction.
  const gainOver = ({ test }: ComparisonRow) => (own.test === null || test === null ? null : Math.round(1e5 * (own.test.accuracy - test.accuracy)) / 1e3);
  return { run: run.run, rows: [...rows.map((row) => ({ ...row, gain: gainOver(row) })), own] };
}

const nothing = { run: null, status: null, epochs: 0, bestEpoch: null, val: null, test: null, seconds: null, cpuSeconds: null, gain: null } as const;

function trainedRow(kind: ComparisonRow['kind'], compared: ComparedRun | null): ComparisonRow {
  if (compared === null) return { kind, ...nothing };
  return { kind, run: compared.run, status: compared.status, ...figuresOfRun(compared), gain: null };
}

/** What came of a run so far. */
export function figuresOfRun({ status, monitor, lastEpoch, result }: ComparedRun): ComparisonFigures {
  const ofLast = lastEpoch && figuresOf(lastEpoch.testLoss, lastEpoch.testAccuracy);
  return {
    epochs: lastEpoch?.epoch ?? 0,
    bestEpoch: result?.best?.epoch ?? null,
    val: monitor === 'val' && result?.best ? { loss: result.best.loss, accuracy: result.best.accuracy } : null,
    test: status !== 'succeeded' ? null : monitor === 'val' ? (result?.bestTest ?? null) : ofLast,
    seconds: result?.seconds ?? null,
    cpuSeconds: result?.cpuSeconds ?? null,
  };
}

function untunedRow({ run, status }: ComparedRun, epoch0: EpochRecord | null): ComparisonRow {
  // While the run goes on its own status says whether the line may still come.
  if (epoch0 === null) return { kind: 'untuned', ...nothing, run, status: status === 'succeeded' ? null : status };
  const { valLoss, valAccuracy, testLoss, testAccuracy, seconds } = epoch0;
  return { kind: 'untuned', ...nothing, run, status: 'succeeded', bestEpoch: 0, val: figuresOf(valLoss, valAccuracy), test: figuresOf(testLoss, testAccuracy), seconds };
}

const figuresOf = (loss: EpochRecord['testLoss'], accuracy: number | null) => (loss === null || accuracy === null ? null : { loss, accuracy });
