/** What can be opened by a key, from everywhere: search and commands, and the list of such keys. */
export type PalettePart = 'commands' | 'shortcuts';

const name = 'thaw:palette';

export const openPalette = (part: PalettePart): void => void window.dispatchEvent(new CustomEvent(name, { detail: part }));

/** @returns what ends that */
export function onPalette(listener: (part: PalettePart) => void): () => void {
  const heard = (event: Event): void => listener((event as CustomEvent<PalettePart>).detail);
  window.addEventListener(name, heard);
  return () => window.removeEventListener(name, heard);
}
