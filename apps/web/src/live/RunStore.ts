import type { EpochRecord, TrainerEvent } from '@thaw/contract/events';
import type { MetricsAnswer } from '@thaw/contract/metricsQuery';
import type { RunLog } from '@thaw/contract/runLog';
import type { Run } from '@thaw/contract/runs';
import { callApi } from '../api/callApi.ts';
import { CurveColumns } from './CurveColumns.ts';
import { RunModel } from './RunModel.ts';
import type { StreamPosition } from './readEventStream.ts';
import { stayConnected, type Connection } from './stayConnected.ts';

/** Points that a chart starts with, and that a zoom into it asks for: some for each pixel of a wide screen. */
const pointsAtOnce = 6000;

/**
 * One run as a page shows it: what was before by GET, what comes by stream. Those who listen are told once a frame.
 * `version` rises with every change, so that React sees one.
 */
export class RunStore {
  model = new RunModel();
  readonly id: string;
  version = 0;
  connection: Connection = 'connecting';
  error: unknown = null;
  /** The series and the log that were there are here. */
  loaded = false;
  #reduced = false;
  #listeners = new Set<() => void>();
  #frame = 0;
  #stop: AbortController | null = null;
  readonly #position: StreamPosition = { lastEventId: '', retryMilliseconds: 1000 };
  #panelsAsked = false;

  /** What the page came with: the run, and its epochs so far. */
  constructor(run: Run, epochs: readonly EpochRecord[]) {
    this.id = run.id;
    this.model.run = run;
    for (const epoch of epochs) this.model.addEpoch({ ...epoch, step: null });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  readonly snapshot = (): number => this.version;

  /** Loads and follows the run until what is answered is called. */
  start(): () => void {
    this.#run(async (signal) => {
      await this.#load(signal);
      await this.#follow(signal);
    });
    return () => this.#stop?.abort();
  }

  /** After a failed or cancelled run was resumed: its stream goes on where it ended. */
  restart(): void {
    this.#run((signal) => this.#follow(signal));
  }

  #run(work: (signal: AbortSignal) => Promise<void>): void {
    this.#stop?.abort();
    const { signal } = (this.#stop = new AbortController());
    void work(signal).catch((error: unknown) => !signal.aborted && this.#connect('refused', error));
  }

  async #load(signal: AbortSignal): Promise<void> {
    const model = new RunModel();
    model.run = this.model.run;
    // The log first: its position is before what the series have, and what then comes twice counts once.
    this.#position.lastEventId = await this.#readLog('', (line) => model.apply(line.attempt, line.event, 0, line.at), signal);
    const { iterations, epochs, reduction } = await callApi<MetricsAnswer>(`/v1/runs/${this.id}/metrics?points=${pointsAtOnce}`, { signal });
    for (const { step, loss = NaN, learningRate = NaN, accuracy = NaN } of iterations) model.iterations.push(step, Number(loss), learningRate, accuracy);
    // All fields are there where none are chosen.
    for (const epoch of epochs) model.addEpoch({ ...(epoch as EpochRecord), step: null });
    this.#reduced = reduction !== null;
    this.model = model;
    this.loaded = true;
    this.#changed();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const onMessage = (event: string, data: unknown): void => this.#receive(event, data);
    const onConnection = (connection: Connection, error: unknown): void => this.#connect(connection, error);
    await stayConnected({ path: `/v1/runs/${this.id}/events`, position: this.#position, signal, onMessage, onConnection });
  }

  async #readLog(types: string, take: (line: RunLog['items'][number]) => void, signal?: AbortSignal): Promise<string> {
    for (let after = '0'; ; ) {
      const page = await callApi<RunLog>(`/v1/runs/${this.id}/logs?after=${after}${types === '' ? '' : `&types=${types}`}`, { signal });
      for (const line of page.items) take(line);
      after = page.after;
      if (page.complete) return after;
    }
  }

  /** Panels are large and on one tab only: asked for when that is opened. */
  async loadPanels(): Promise<void> {
    if (this.#panelsAsked) return;
    this.#panelsAsked = true;
    await this.#readLog('panel', ({ event }) => event.type === 'panel' && this.model.addPanel(event));
    this.#changed();
  }

  /** Gets the points between two steps in full, or as many as can be seen, where there are only some of them. */
  async refine(fromStep: number, toStep: number): Promise<void> {
    if (!this.#reduced) return;
    const path = `/v1/runs/${this.id}/metrics?series=iterations&points=${pointsAtOnce}&fromStep=${Math.floor(fromStep)}&toStep=${Math.ceil(toStep)}` as const;
    const { iterations } = await callApi<MetricsAnswer>(path);
    this.model.iterations.refine(columnsOf(iterations));
    this.#changed();
  }

  /** The run as an answer has it that just came. */
  take(run: Run): void {
    this.model.run = run;
    this.#changed();
  }

  #receive(event: string, data: unknown): void {
    if (event === 'run') this.model.run = data as Run;
    if (event === 'batch') {
      const { attempt, events } = data as { attempt: number; events: TrainerEvent[] };
      const now = performance.now();
      for (const one of events) this.model.apply(attempt, one, now);
    }
    this.#changed();
  }

  #connect(connection: Connection, error: unknown): void {
    if (this.connection === connection && this.error === error) return;
    this.connection = connection;
    this.error = error;
    this.#changed();
  }

  #changed(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.version++;
      for (const listener of this.#listeners) listener();
    });
  }
}

function columnsOf(rows: MetricsAnswer['iterations']): CurveColumns {
  const columns = new CurveColumns();
  for (const { step, loss = NaN, learningRate = NaN, accuracy = NaN } of rows) columns.push(step, Number(loss), learningRate, accuracy);
  return columns;
}
