/** Whether this page has sent anything since it was loaded. It stands apart from the uploads themselves, so that who asks need not load them. */
class UploadsBegun {
  #begun = false;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  readonly snapshot = (): boolean => this.#begun;

  note(): void {
    if (this.#begun) return;
    this.#begun = true;
    for (const listener of this.#listeners) listener();
  }
}

export const uploadsBegun = new UploadsBegun();
