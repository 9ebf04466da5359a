export const say = (line: string): void => console.log(`docker: ${line}`);

/** Does a piece of work, and says how long it took. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  say(`${what} ${secondsSince(start)} s`);
  return result;
}

export const secondsSince = (start: number): string => ((performance.now() - start) / 1000).toFixed(1);
