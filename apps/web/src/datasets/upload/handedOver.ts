import type { Picked } from './pickFiles.ts';

let handed: Picked | null = null;

/** Files are no part of an address: what is dropped on one page is handed to the next this way. */
export function handOver(picked: Picked): void {
  handed = picked;
}

/** What was handed over, once. */
export function takeHandedOver(): Picked | null {
  const taken = handed;
  handed = null;
  return taken;
}
