import { drawBar } from '../demo/liveLine.ts';
import { formatBytes, formatClock } from '../demo/formatNumbers.ts';

const windowMilliseconds = 15_000;

/** How far a transfer is, and how fast of late. Moments are milliseconds of any one clock. */
export class TransferMeter {
  readonly #total: number;
  #samples: { at: number; bytes: number }[] = [];
  #bytes: number;

  /** @param bytes what was there before this transfer began */
  constructor(total: number, bytes: number, now: number) {
    this.#total = total;
    this.#bytes = bytes;
    this.#samples.push({ at: now, bytes });
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

  /** Such as `sending ███░░  45 %  450.0 MB of 1.0 GB  52.1 MB/s  ETA 0:11`; without the bar in a file and where the terminal is narrow. */
  line(verb: string, now: number, columns: number | null): string {
    const speed = this.speed(now);
    const fraction = this.#total === 0 ? 1 : this.#bytes / this.#total;
    const percent = `${String(Math.floor(100 * fraction)).padStart(3)} %`;
    const eta = speed === null ? null : `ETA ${formatClock((this.#total - this.#bytes) / speed)}`;
    const rate = speed === null ? null : `${formatBytes(Math.round(speed))}/s`;
    const tail = [percent, `${formatBytes(this.#bytes)} of ${formatBytes(this.#total)}`, rate, eta].filter((part) => part !== null).join('  ');
    if (columns === null) return `${verb} ${tail.trim()}`;
    const width = Math.min(40, columns - 3 - verb.length - tail.length - 3);
    return (width >= 10 ? `${verb} ${drawBar(fraction, width)}  ${tail}` : `${verb} ${tail}`).slice(0, Math.max(20, columns - 3));
  }
}
