import type { Run } from '@thaw/contract/runs';
import type { RunStatus } from '@thaw/contract/runStatus';
import type { Tone } from '../components/ui/Badge.tsx';

/** What lists and pages say about a run, out of what the API says. */

export const toneOf: Readonly<Record<RunStatus, Tone>> = { queued: 'plain', launching: 'plain', running: 'accent', succeeded: 'good', failed: 'bad', cancelled: 'warn' };

const over: readonly RunStatus[] = ['succeeded', 'failed', 'cancelled'];
export const hasEnded = (status: RunStatus): boolean => over.includes(status);

export interface RunAccuracy {
  value: number;
  part: 'test' | 'val' | 'train';
}

/** The accuracy that stands for the run: of the best checkpoint on the test part, else what was measured last. */
export function accuracyOf({ result, lastEpoch, spec }: Pick<Run, 'result' | 'lastEpoch' | 'spec'>): RunAccuracy | null {
  if (result?.bestTest) return { value: result.bestTest.accuracy, part: 'test' };
  if (result?.best) return { value: result.best.accuracy, part: spec.data.monitor };
  if (lastEpoch === null) return null;
  const parts = [['test', lastEpoch.testAccuracy], ['val', lastEpoch.valAccuracy], ['train', lastEpoch.trainAccuracy]] as const;
  for (const [part, value] of parts) if (value !== null && (part !== 'test' || spec.data.monitor === 'test')) return { value, part };
  return null;
}

/** From 0 to 1. */
export function progressOf({ status, step, stepsPerEpoch, spec }: Pick<Run, 'status' | 'step' | 'stepsPerEpoch' | 'spec'>): number {
  if (status === 'succeeded') return 1;
  return stepsPerEpoch === null ? 0 : Math.min(1, step / (stepsPerEpoch * spec.schedule.epochs));
}

/** Seconds from its start to its end, or to `now` (milliseconds). */
export function secondsOf({ startedAt, finishedAt }: Pick<Run, 'startedAt' | 'finishedAt'>, now: number | null): number | null {
  if (startedAt === null) return null;
  const end = finishedAt === null ? now : Date.parse(finishedAt);
  return end === null ? null : Math.max(0, (end - Date.parse(startedAt)) / 1000);
}
