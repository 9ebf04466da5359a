/** An IP address in its shortest writing: `::1`, where it came with all its zeros. */
export function shortAddress(address: string): string {
  const url = URL.parse(`http://[${address}]`);
  return url === null ? address : url.hostname.slice(1, -1);
}
