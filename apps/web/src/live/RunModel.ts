import type { EpochRecord, EventOf, TrainerEvent } from '@thaw/contract/events';
import type { MetricNumber } from '@thaw/contract/numbers';
import type { Run } from '@thaw/contract/runs';
import { CurveColumns } from './CurveColumns.ts';

export interface LogLine {
  attempt: number;
  /** When the API took it; null for one that has just come by stream. */
  at: string | null;
  event: TrainerEvent;
}

export interface PanelOfEpoch {
  epoch: number;
  step: number;
  images: EventOf<'panel'>['images'];
}

export type PlacedEpoch = EpochRecord & { step: number | null };

/** How far the steps had come at a moment of this machine's clock (milliseconds). */
interface Sample {
  step: number;
  at: number;
}

const speedWindow = 15_000;

/**
 * All that is known of one run, from its series, its log and its stream, each step and epoch once: what is sent twice counts once, and an
 * attempt that goes on from an earlier step voids what earlier attempts measured after it.
 */
export class RunModel {
  run: Run | null = null;
  readonly iterations = new CurveColumns();
  /** By epoch. */
  epochs: PlacedEpoch[] = [];
  started: EventOf<'started'> | null = null;
  phases: EventOf<'phase'>[] = [];
  log: LogLine[] = [];
  panels: PanelOfEpoch[] = [];
  #attempt = 0;
  #samples: Sample[] = [];

  /** One event of the trainer, in the order of the log. `now` in milliseconds. */
  apply(attempt: number, event: TrainerEvent, now: number, at: string | null = null): void {
    // A batch of an earlier attempt that comes again has nothing new.
    if (attempt < this.#attempt) return;
    switch (event.type) {
      case 'started':
        this.#begin(attempt, event);
        this.log.push({ attempt, at, event });
        break;
      case 'iteration':
        this.iterations.push(event.step, decode(event.loss), event.learningRate, event.accuracy ?? NaN);
        this.#sample(event.step, now);
        break;
      case 'epoch':
        this.addEpoch({ ...event, step: event.step });
        break;
      case 'panel':
        this.addPanel(event);
        break;
      case 'phase':
        this.phases.push(event);
        this.log.push({ attempt, at, event });
        break;
      default:
        this.log.push({ attempt, at, event });
    }
  }

  addEpoch(epoch: PlacedEpoch): void {
    this.epochs = insert(this.epochs, epoch);
  }

  addPanel({ epoch, step, images }: EventOf<'panel'>): void {
    this.panels = insert(this.panels, { epoch, step, images });
  }

  #begin(attempt: number, event: EventOf<'started'>): void {
    this.started = event;
    this.#samples = [];
    if (attempt <= this.#attempt) return;
    const again = this.#attempt > 0;
    this.#attempt = attempt;
    if (!again) return;
    const last = event.resumedFromStep ?? 0;
    const holds = (step: number | null): boolean => step === null || step <= last;
    this.iterations.truncateAfter(last);
    const { stepsPerEpoch } = event;
    this.epochs = this.epochs.filter(({ epoch, step }) => holds(step ?? epoch * stepsPerEpoch));
    this.panels = this.panels.filter(({ step }) => holds(step));
    this.phases = this.phases.filter(({ step }) => holds(step));
    this.log = this.log.filter(({ event: said }) => said.type === 'log' || said.type === 'started' || holds(said.step));
  }

  #sample(step: number, at: number): void {
    const last = this.#samples.at(-1);
    // Events come in batches: those of one moment are one sample.
    if (last !== undefined && at - last.at < 50) last.step = step;
    else this.#samples.push({ step, at });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > speedWindow) this.#samples.shift();
  }

  /** Steps a second of late; before two moments are known by the last epoch, else null. */
  stepsPerSecond(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first !== undefined && last !== undefined && last.at - first.at > 500) return ((last.step - first.step) * 1000) / (last.at - first.at);
    const { imagesPerSecond } = this.epochs.at(-1) ?? {};
    const batch = this.run?.spec.data.batchSize;
    return typeof imagesPerSecond === 'number' && batch !== undefined ? imagesPerSecond / batch : null;
  }
}

const decode = (value: MetricNumber): number => Number(value);

/** A list by epoch with one more; of an epoch that is there the newer counts. */
function insert<T extends { epoch: number }>(list: readonly T[], item: T): T[] {
  const last = list.at(-1);
  if (last === undefined || last.epoch < item.epoch) return [...list, item];
  return [...list.filter(({ epoch }) => epoch !== item.epoch), item].sort((a, b) => a.epoch - b.epoch);
}
