import type { Screen } from '../demo/screen.ts';

const redrawMilliseconds = 250;
const plainMilliseconds = 10_000;

/**
 * Keeps the last line of a terminal up to date until stopped; elsewhere writes a plain line every ten seconds.
 * @param line told the width of the terminal, or null for a plain line; null where there is nothing to say
 */
export function showProgress(screen: Screen, line: (columns: number | null) => string | null): { stop: () => void } {
  const draw = (): void => {
    const text = line(screen.isTerminal ? screen.columns : null);
    if (text === null) return;
    if (screen.isTerminal) screen.live(text);
    else screen.lines(text);
  };
  const timer = setInterval(draw, screen.isTerminal ? redrawMilliseconds : plainMilliseconds);
  if (screen.isTerminal) draw();
  return {
    stop: () => {
      clearInterval(timer);
      screen.endLive();
    },
  };
}
