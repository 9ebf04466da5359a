/** Breaks a line between words so that no part fills `columns`; further parts are indented like the first, and by two more. */
export function wrap(line: string, columns: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const parts: string[] = [];
  let part = indent;
  for (const word of line.trim().split(' ')) {
    const longer = part.trim() === '' ? part + word : `${part} ${word}`;
    if (longer.length < columns || part.trim() === '') part = longer;
    else {
      parts.push(part);
      part = `${indent}  ${word}`;
    }
  }
  return [...parts, part];
}
