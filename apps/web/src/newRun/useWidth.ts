import { useCallback, useState } from 'react';

/** The width of an element, in pixels; null before it is known. */
export function useWidth(): { width: number | null; ref: (element: HTMLElement | null) => (() => void) | undefined } {
  const [width, setWidth] = useState<number | null>(null);
  const ref = useCallback((element: HTMLElement | null) => {
    if (element === null) return undefined;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { width, ref };
}
