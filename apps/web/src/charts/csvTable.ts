/** Rows as CSV, numbers with all their digits; null is an empty cell. It begins with a byte order mark, by which spreadsheets know UTF-8. */
export const csvTable = (rows: readonly (readonly (string | number | null)[])[]): string => `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;

/** What begins like a formula is none. */
function cell(value: string | number | null): string {
  if (value === null || Number.isNaN(value)) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
