/** Compares in the order of code points, which is that of the UTF-8 bytes: the same everywhere, whatever the locale. */
export const byCodePoints = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
