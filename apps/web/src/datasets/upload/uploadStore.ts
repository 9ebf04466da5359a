import type { Upload } from '@thaw/contract/uploads';
import { UploadTask } from './UploadTask.ts';
import type { UploadSource } from './uploadSource.ts';
import { uploadsBegun } from './uploadsBegun.ts';

/** Changes are shown so often at most. */
const redrawMilliseconds = 200;
const remembered = (id: string): string => `thaw-upload-${id}`;

/** The uploads that this page sends. They go on while one looks at other pages of the dashboard. */
class UploadStore {
  #tasks: readonly UploadTask[] = [];
  #version = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): number => this.#version;

  get tasks(): readonly UploadTask[] {
    return this.#tasks;
  }

  of(dataset: string): UploadTask | undefined {
    return this.#tasks.find(({ upload }) => upload.dataset === dataset);
  }

  /** Sends a source to an upload, from the beginning or from where it stood. */
  send(upload: Upload, source: UploadSource): void {
    localStorage.setItem(remembered(upload.id), source.fingerprint);
    this.of(upload.dataset)?.stop();
    const task = new UploadTask(upload, source, () => this.#changed(task));
    this.#tasks = [...this.#tasks.filter((one) => one.upload.dataset !== upload.dataset), task];
    uploadsBegun.note();
    void task.run();
  }

  /** Sends no more of it here, and forgets it. */
  drop(task: UploadTask): void {
    task.stop();
    localStorage.removeItem(remembered(task.upload.id));
    this.#tasks = this.#tasks.filter((one) => one !== task);
    this.#tell();
  }

  #changed(task: UploadTask): void {
    if (task.phase === 'completed') localStorage.removeItem(remembered(task.upload.id));
    if (task.phase !== 'sending') return this.#tell();
    this.#timer ??= setTimeout(() => this.#tell(), redrawMilliseconds);
  }

  #tell(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#version++;
    for (const listener of this.#listeners) listener();
  }
}

export const uploadStore = new UploadStore();

/** Whether a source that was chosen again is the one that an upload was begun with. */
export function isSameSource(upload: Upload, source: UploadSource): boolean {
  if (upload.bytes !== source.bytes || upload.fileName !== source.fileName) return false;
  const known = localStorage.getItem(remembered(upload.id));
  return known === null || known === source.fingerprint;
}
