import type { IngestProgress } from '@thaw/contract/datasets';

/** How far an import is; read by the heartbeat whenever it beats. */
export interface ProgressMeter {
  /** A new stage. `total`: how many steps it has, where that is known. */
  stage(stage: IngestProgress['stage'], total?: number): void;
  /** Steps of the stage that are done: files, images or bytes. */
  done(steps: number): void;
  /** What stays true over the stages. */
  set(facts: Partial<Pick<IngestProgress, 'filesSeen' | 'images' | 'quarantined' | 'bytesRead' | 'bytesTotal'>>): void;
  snapshot(): IngestProgress;
}

/** The speed is that of about so many seconds. */
const windowMs = 5000;

export function createProgressMeter(now: () => number = () => performance.now()): ProgressMeter {
  let facts: IngestProgress = { stage: 'reading', filesSeen: 0, images: 0, quarantined: 0, bytesRead: 0, bytesTotal: 0, imagesPerSecond: 0, secondsLeft: null };
  let total: number | null = null;
  let steps = 0;
  let marks: { at: number; steps: number }[] = [];
  return {
    stage: (stage, count) => {
      facts = { ...facts, stage, imagesPerSecond: 0, secondsLeft: null };
      total = count ?? null;
      steps = 0;
      marks = [{ at: now(), steps: 0 }];
    },
    done: (count) => {
      steps = count;
    },
    set: (more) => {
      facts = { ...facts, ...more };
    },
    snapshot: () => {
      const at = now();
      marks.push({ at, steps });
      while (marks.length > 2 && at - (marks[1] as { at: number }).at > windowMs) marks.shift();
      const [first] = marks as [{ at: number; steps: number }];
      const speed = at > first.at ? (1000 * (steps - first.steps)) / (at - first.at) : 0;
      const counted = facts.stage === 'decoding' || facts.stage === 'writing';
      return {
        ...facts,
        imagesPerSecond: counted ? Math.round(speed * 10) / 10 : 0,
        secondsLeft: total === null || speed <= 0 ? null : Math.max(0, Math.round((total - steps) / speed)),
      };
    },
  };
}
