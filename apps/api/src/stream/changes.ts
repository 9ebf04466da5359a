/** Counts the changes of something that is watched, and wakes those who wait for the next. */
export class Changes {
  #waiting = new Set<() => void>();
  #closed = false;
  #version = 0;

  get closed(): boolean {
    return this.#closed;
  }

  get version(): number {
    return this.#version;
  }

  wake(): void {
    this.#version++;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Nothing will change any more; who waits is woken. */
  close(): void {
    this.#closed = true;
    this.wake();
  }

  /** Resolves when something has changed since `version`, or the signal aborts. */
  async since(version: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== version || this.#closed || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }
}
