import { TransferMeter } from '@thaw/archive/transferMeter';
import type { DatasetVersion } from '@thaw/contract/datasets';
import type { Upload } from '@thaw/contract/uploads';
import { ApiError } from '../../api/ApiError.ts';
import { callApi } from '../../api/callApi.ts';
import { pause } from './pause.ts';
import { mayPass, sendParts } from './sendParts.ts';
import type { UploadSource } from './uploadSource.ts';

export type UploadPhase = 'sending' | 'paused' | 'completing' | 'completed' | 'failed';

/** One upload that this page sends: from its first byte until a version of the data set comes of it. */
export class UploadTask {
  phase: UploadPhase = 'sending';
  /** Something is in the way for now. */
  trouble = false;
  error: unknown = null;
  meter: TransferMeter;
  upload: Upload;
  readonly source: UploadSource;
  readonly #changed: () => void;
  #stop = new AbortController();

  constructor(upload: Upload, source: UploadSource, changed: () => void) {
    this.upload = upload;
    this.source = source;
    this.#changed = changed;
    this.meter = this.#meter();
  }

  #meter(): TransferMeter {
    const { received, partBytes, bytes } = this.upload;
    const there = received.reduce((sum, part) => sum + Math.min(partBytes, bytes - (part - 1) * partBytes), 0);
    return new TransferMeter(bytes, there, performance.now());
  }

  #to(phase: UploadPhase, error: unknown = null): void {
    this.phase = phase;
    this.error = error;
    this.trouble = false;
    this.#changed();
  }

  /** Sends what is missing and completes the upload. Resolves in any case: how it went is in `phase`. */
  async run(): Promise<void> {
    const { signal } = (this.#stop = new AbortController());
    try {
      this.#to('sending');
      const onBytes = (bytes: number): void => {
        this.meter.set(bytes, performance.now());
        this.#changed();
      };
      const onTrouble = (trouble: boolean): void => {
        if (this.trouble === trouble) return;
        this.trouble = trouble;
        this.#changed();
      };
      await sendParts({ upload: this.upload, source: this.source, signal, onBytes, onTrouble });
      this.#to('completing');
      await patiently(() => callApi<DatasetVersion>(`/v1/uploads/${this.upload.id}/complete`, { method: 'POST', body: {}, signal }), signal);
      this.#to('completed');
    } catch (error) {
      if (!signal.aborted) this.#to('failed', error);
    }
  }

  pause(): void {
    this.#stop.abort(new Error('paused'));
    this.#to('paused');
  }

  /** Goes on with what the storage says that it has. */
  async resume(): Promise<void> {
    this.#to('sending');
    const { signal } = (this.#stop = new AbortController());
    try {
      this.upload = await patiently(() => callApi<Upload>(`/v1/uploads/${this.upload.id}`, { signal }), signal);
      this.meter = this.#meter();
    } catch (error) {
      if (!signal.aborted) this.#to('failed', error);
      return;
    }
    await this.run();
  }

  /** Stops sending; what is in the storage stays there. */
  stop(): void {
    this.#stop.abort(new Error('stopped'));
  }
}

/** Repeats a call that does no harm twice until the API answers. */
async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiError) || !mayPass(error)) throw error;
      await pause(failures, signal);
    }
  }
}
