const first = 5;
const factor = 4;
const longest = 8 * 3600;
/** After so many a message counts as lost: about a day after the first. */
export const maxTries = 10;

/**
 * Seconds from the end of a try that failed to the next: 5 s, four times as much after each, eight hours at most, give or take a fifth, so
 * that what failed together does not come back together. Null: enough was tried.
 * @param tries how many there were
 * @param random from 0 to 1
 */
export function secondsUntilNextTry(tries: number, random = Math.random()): number | null {
  if (tries >= maxTries) return null;
  return Math.min(first * factor ** (tries - 1), longest) * (0.8 + 0.4 * random);
}
