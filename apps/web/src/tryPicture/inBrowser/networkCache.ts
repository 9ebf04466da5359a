/** The browser's store of networks that were fetched. */
export const networkCache = 'thaw-networks';

/** Nothing of who has signed out stays on the device. */
export async function forgetNetworks(): Promise<void> {
  if ('caches' in window) await caches.delete(networkCache).catch(() => false);
}
