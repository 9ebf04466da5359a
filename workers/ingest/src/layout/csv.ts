/** Rows of a CSV text (RFC 4180, any line ends, quotes doubled inside quotes). Empty lines are left out. */
export function* csvRows(text: string, delimiter: string): Generator<string[]> {
  let at = 0;
  while (at < text.length) {
    const row: string[] = [];
    for (;;) {
      const { field, end } = text[at] === '"' ? quoted(text, at) : plain(text, at, delimiter);
      row.push(field);
      at = end;
      if (text[at] !== delimiter) break;
      at += 1;
    }
    // What stands between a closing quote and the end of the line is lost; so is a line end itself.
    while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
    at += text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1;
    if (row.length > 1 || row[0] !== '') yield row;
  }
}

function plain(text: string, start: number, delimiter: string): { field: string; end: number } {
  let end = start;
  for (; end < text.length; end++) {
    const character = text[end];
    if (character === delimiter || character === '\n' || character === '\r') break;
  }
  return { field: text.slice(start, end).trim(), end };
}

function quoted(text: string, start: number): { field: string; end: number } {
  let field = '';
  for (let from = start + 1; ; ) {
    const end = text.indexOf('"', from);
    if (end < 0) return { field: (field + text.slice(from)).trim(), end: text.length };
    field += text.slice(from, end);
    if (text[end + 1] !== '"') return { field: field.trim(), end: end + 1 };
    field += '"';
    from = end + 2;
  }
}

/** The separator of a table: whichever is most frequent in its first line. A comma where there is none. */
export function delimiterOf(text: string): string {
  const line = text.slice(0, 10_000).split(/[\r\n]/, 1)[0] ?? '';
  const bare = line.replace(/"[^"]*"/g, '');
  const counted = [',', ';', '\t', '|'].map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }));
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).delimiter;
}

/** Text of a file that says its encoding by a byte order mark or not at all: then UTF-8, GBK or Windows-1252, the first that fits. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      continue;
    }
  }
  return new TextDecoder('windows-1252').decode(bytes);
}
