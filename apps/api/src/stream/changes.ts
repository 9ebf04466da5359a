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

  /** Resolves when something has changed since `version` or the signal aborts, then with true; with false once so many seconds are over. */
  async since(version: number, signal: AbortSignal, seconds: number): Promise<boolean> {
    if (this.#version !== version || this.#closed || signal.aborted) return true;
    return new Promise<boolean>((resolve) => {
      const done = (changed: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve(changed);
      };
      const wake = (): void => done(true);
      const timer = setTimeout(done, seconds * 1000, false);
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
