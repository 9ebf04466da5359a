/** Follows one zstd frame (RFC 8878, 3.1) to its end without decoding it: its blocks say how long they are. */
export interface ZstdFrame {
  /** `end`: how many bytes of the chunk belong to the frame; `done`: it ends there. */
  advance(chunk: Uint8Array): { end: number; done: boolean };
  /** Carries no data. Known once some bytes are seen. */
  readonly skippable: boolean;
}

const contentSizes = [0, 2, 4, 8];
const dictionarySizes = [0, 1, 2, 4];

export function createZstdFrame(): ZstdFrame {
  let stage: 'magic' | 'descriptor' | 'skippable' | 'block' | 'end' = 'magic';
  let header: number[] = [];
  let skip = 0;
  let checksum = false;
  let skippable = false;
  const wanted = { magic: 4, descriptor: 1, skippable: 4, block: 3, end: 0 };

  /** Takes a piece of the header that is complete; what follows it is skipped. */
  function read(): void {
    const value = header.reduce((sum, byte, index) => sum + byte * 256 ** index, 0);
    header = [];
    if (stage === 'magic') {
      skippable = value >= 0x184d2a50 && value <= 0x184d2a5f;
      stage = skippable ? 'skippable' : 'descriptor';
    } else if (stage === 'skippable') {
      skip = value;
      stage = 'end';
    } else if (stage === 'descriptor') {
      const single = (value & 0x20) !== 0;
      const content = value >> 6 === 0 ? Number(single) : (contentSizes[value >> 6] as number);
      skip = (single ? 0 : 1) + (dictionarySizes[value & 3] as number) + content;
      checksum = (value & 4) !== 0;
      stage = 'block';
    } else {
      // A block of one repeated byte holds just that.
      skip = ((value >> 1) & 3) === 1 ? 1 : value >> 3;
      if ((value & 1) === 1) {
        skip += checksum ? 4 : 0;
        stage = 'end';
      }
    }
  }

  return {
    get skippable() {
      return skippable;
    },
    advance: (chunk) => {
      for (let at = 0; ; ) {
        const passed = Math.min(skip, chunk.length - at);
        at += passed;
        skip -= passed;
        if (skip > 0) return { end: at, done: false };
        if (stage === 'end') return { end: at, done: true };
        while (header.length < wanted[stage]) {
          if (at === chunk.length) return { end: at, done: false };
          header.push(chunk[at++] as number);
        }
        read();
      }
    },
  };
}
