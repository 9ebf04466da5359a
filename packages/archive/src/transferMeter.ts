const windowMilliseconds = 15_000;

/** How far a transfer is, and how fast of late. Moments are milliseconds of any one clock. */
export class TransferMeter {
  readonly total: number;
  #samples: { at: number; bytes: number }[] = [];
  #bytes: number;

  /** @param bytes what was there before this transfer began */
  constructor(total: number, bytes: number, now: number) {
    this.total = total;
    this.#bytes = bytes;
    this.#samples.push({ at: now, bytes });
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Sets how many bytes are there now; fewer than before when a part must be sent again. */
  set(bytes: number, now: number): void {
    this.#bytes = bytes;
    this.#samples.push({ at: now, bytes });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > windowMilliseconds) this.#samples.shift();
  }

  /** Bytes a second; null before something has moved. */
  speed(now: number): number | null {
    const first = this.#samples[0];
    if (first === undefined || now - first.at < 250 || this.#bytes <= first.bytes) return null;
    return ((this.#bytes - first.bytes) * 1000) / (now - first.at);
  }

  /** Null where there is no telling. */
  secondsLeft(now: number): number | null {
    const speed = this.speed(now);
    return speed === null ? null : (this.total - this.#bytes) / speed;
  }
}
