import { wrap } from './wrap.ts';

/** The part of a terminal or a file that the screen needs; process.stdout is one. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const [hideCursor, showCursor] = ['\x1b[?25l', '\x1b[?25h'];
const clearLine = '\r\x1b[K';

/** Finished lines and, on a terminal, one line below them that keeps changing. Elsewhere the finished lines alone. */
export class Screen {
  readonly #output: Output;
  readonly #isTerminal: boolean;
  #live = '';

  constructor(output: Output, terminalName: string | undefined) {
    this.#output = output;
    this.#isTerminal = output.isTTY === true && terminalName !== 'dumb';
  }

  /** Whether a line can be written over. */
  get isTerminal(): boolean {
    return this.#isTerminal;
  }

  /** Characters a line holds: in a file any number. A terminal that does not know its width says 0. */
  get columns(): number {
    return this.#output.isTTY === true ? this.#output.columns || 80 : Infinity;
  }

  /** Writes sentences above the changing line, broken between words where the terminal is narrow. */
  say(...sentences: readonly string[]): void {
    this.lines(...sentences.flatMap((sentence) => wrap(sentence, this.columns)));
  }

  /** Writes finished lines above the changing one, as they are. */
  lines(...lines: readonly string[]): void {
    const live = this.#live;
    const text = lines.map((line) => `${line}\n`).join('');
    this.#output.write(live === '' ? text : `${clearLine}${text}${live}`);
  }

  /** Changes the last line. It must be shorter than the terminal is wide. */
  live(line: string): void {
    if (!this.#isTerminal || line === this.#live) return;
    const before = this.#live === '' ? hideCursor : '';
    this.#live = line;
    this.#output.write(`${before}${clearLine}${line}`);
  }

  /** Takes the changing line away. */
  endLive(): void {
    if (this.#live === '') return;
    this.#live = '';
    this.#output.write(`${clearLine}${showCursor}`);
  }
}
