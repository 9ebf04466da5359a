import { WeightsError } from './weightsError.ts';

/** Reads a pickle's bytes one after the other; every read is checked against the end. Little-endian. */
export class ByteCursor {
  position: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  readonly #text = new TextDecoder('utf-8');

  /** @param what names the bytes in errors */
  constructor(bytes: Uint8Array, position: number, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
    this.#what = what;
  }

  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }
  /** Bytes that are no UTF-8 become U+FFFD, as no name of a tensor has them. */
  text(length: number): string {
    return this.#text.decode(this.bytes(length));
  }
  /** Text up to the next newline, which is passed over. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    const length = (end < 0 ? this.#bytes.length : end) - this.position;
    const text = this.text(length);
    this.#advance(1);
    return text;
  }
  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }
  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }
  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }
  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }
  /** Inexact beyond 2^53, which no length here may be. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }
  float64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  #advance(length: number): number {
    const start = this.position;
    if (length > this.#bytes.length - start)
      throw new WeightsError(`${this.#what} ends at byte ${this.#bytes.length} where ${length} more bytes were announced at byte ${start}; it is cut short or damaged.`);
    this.position = start + length;
    return start;
  }
}
