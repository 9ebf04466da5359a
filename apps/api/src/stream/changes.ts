/** Counts the changes of something that is watched, and wakes those who wait for the next. All who wait share one promise and one timer. */
export class Changes {
  #next: { promise: Promise<boolean>; resolve: (changed: boolean) => void; timer: NodeJS.Timeout } | undefined;
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
    this.#settle(true);
  }

  /** Has all who wait look whether they should go on waiting. */
  nudge(): void {
    this.#settle(true);
  }

  /** Nothing will change any more; who waits is woken. */
  close(): void {
    this.#closed = true;
    this.wake();
  }

  /** Resolves when something may have changed since `version`, then with true; with false when it has been silent, for so many seconds at most. */
  since(version: number, seconds: number): Promise<boolean> {
    if (this.#version !== version || this.#closed) return Promise.resolve(true);
    if (this.#next !== undefined) return this.#next.promise;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#next = { promise, resolve, timer: setTimeout(() => this.#settle(false), seconds * 1000) };
    return promise;
  }

  #settle(changed: boolean): void {
    const next = this.#next;
    this.#next = undefined;
    clearTimeout(next?.timer);
    next?.resolve(changed);
  }
}
