/** Text of others (class names, names of data sets) in Markdown: on one line, and never taken for markup. */
export const plain = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').replace(/[\\`*_{}[\]<>|#!~&$@]/g, '\\$&');

/** A table; cells are Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Code that is shown as it is, whatever backticks it has. */
export function codeBlock(language: string, code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}
