/** Who says what is on a picture. */
export type Answerer = 'server' | 'browser';

const key = 'thaw-answerer';
const change = 'thaw:answerer';

/** What was chosen on this device. */
export function chosenAnswerer(): Answerer {
  try {
    return localStorage.getItem(key) === 'browser' ? 'browser' : 'server';
  } catch {
    return 'server';
  }
}

/** Remembered where the browser allows it. */
export function chooseAnswerer(answerer: Answerer): void {
  try {
    localStorage.setItem(key, answerer);
  } finally {
    window.dispatchEvent(new Event(change));
  }
}

/** Also when it is chosen in another tab. @returns what ends that */
export function onAnswererChange(listener: () => void): () => void {
  for (const name of [change, 'storage']) window.addEventListener(name, listener);
  return () => {
    for (const name of [change, 'storage']) window.removeEventListener(name, listener);
  };
}
