import type { EpochRecord, EventOf, Phase, TrainerEvent } from '@thaw/contract/events';
import { decodeMetric } from '@thaw/contract/numbers';
import type { RunStatus } from '@thaw/contract/runStatus';

/** How far the steps of an epoch had come at a moment of this machine's clock (milliseconds). */
interface Sample {
  step: number;
  at: number;
}

/** The epoch under way: means over its steps so far. */
interface CurrentEpoch {
  epoch: number;
  phase: Phase;
  /** Position in the epoch: after a resume in its middle more than were seen. */
  steps: number;
  seen: number;
  loss: number;
  accuracy: number | null;
  samples: Sample[];
}

const speedWindow = 10_000;

/** Where a run stands, as far as its events tell: what the progress bar shows. */
export class RunProgress {
  status: RunStatus = 'queued';
  started: EventOf<'started'> | null = null;
  phase: EventOf<'phase'> | null = null;
  current: CurrentEpoch | null = null;
  /** The last epoch that is complete. */
  lastEpoch: EpochRecord | null = null;

  /** Takes one event that came at the time `now` (milliseconds). */
  apply(event: TrainerEvent, now: number): void {
    switch (event.type) {
      case 'started':
        this.started = event;
        this.current = null;
        break;
      case 'phase':
        this.phase = event;
        break;
      case 'iteration':
        this.#addStep(event, now);
        break;
      case 'epoch':
        this.lastEpoch = event;
        this.current = null;
        break;
      default:
        break;
    }
  }

  /** The run has lost its worker: what follows comes from another. */
  loseWorker(): void {
    this.started = null;
    this.current = null;
  }

  #addStep({ step, epoch, phase, loss, accuracy }: EventOf<'iteration'>, now: number): void {
    if (this.current?.epoch !== epoch) this.current = { epoch, phase, steps: 0, seen: 0, loss: 0, accuracy: 0, samples: [] };
    const { current } = this;
    current.steps = step - (epoch - 1) * (this.started?.stepsPerEpoch ?? 0);
    current.seen += 1;
    const mean = (sofar: number, value: number): number => sofar + (value - sofar) / current.seen;
    current.loss = mean(current.loss, decodeMetric(loss));
    current.accuracy = accuracy === undefined || current.accuracy === null ? null : mean(current.accuracy, accuracy);
    const last = current.samples.at(-1);
    // Events come in batches: those of one moment are one sample.
    if (last?.at === now) last.step = step;
    else current.samples.push({ step, at: now });
    while (current.samples.length > 2 && now - (current.samples[0]?.at ?? now) > speedWindow) current.samples.shift();
  }

  /** Steps a second of late; null before two moments of the epoch are known. */
  stepsPerSecond(): number | null {
    const [first, last] = [this.current?.samples[0], this.current?.samples.at(-1)];
    if (first === undefined || last === undefined || last.at <= first.at) return null;
    return ((last.step - first.step) * 1000) / (last.at - first.at);
  }
}
