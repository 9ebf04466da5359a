/** Tells when somebody has said nothing for too long. */
export interface SilenceWatch {
  /** Something was said: the time runs from here. */
  begin(): void;
  /** Nothing can be said until it begins again. */
  pause(): void;
  end(): void;
}

/**
 * @param ms of silence after which `act` is called; Infinity: never. Counted in steps, so that the time in which this process itself was
 * frozen is no silence
 */
export function watchSilence(ms: number, act: () => void): SilenceWatch {
  const stepMs = Math.min(10_000, ms / 10);
  let over = !Number.isFinite(ms);
  let timer: NodeJS.Timeout | undefined;
  let left = ms;
  const pause = (): void => clearTimeout(timer);
  const wait = (): void => {
    timer = setTimeout(() => {
      left -= stepMs;
      if (left > 0) wait();
      else act();
    }, stepMs);
  };
  const begin = (): void => {
    pause();
    left = ms;
    if (!over) wait();
  };
  begin();
  return {
    begin,
    pause,
    end: () => {
      over = true;
      pause();
    },
  };
}
