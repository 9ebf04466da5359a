/** Letters that fill two columns of a terminal: those of East Asia, and pictures. */
const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns that a text fills. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const letter of text.normalize('NFC')) if (!/\p{Mn}/u.test(letter)) width += wide.test(letter) ? 2 : 1;
  return width;
}

export const padEnd = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
