import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

export type ProxyList = BlockList;

/**
 * Addresses and networks (`10.0.0.0/8`, `fd00::/8`) of proxies.
 * @throws Error naming what is neither
 */
export function readProxies(entries: readonly string[]): ProxyList {
  const list = new BlockList();
  for (const entry of entries) {
    const [, address = '', prefix] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    if (version === 0 || length > bits) throw new Error(`"${entry}" is no address or network such as 10.0.0.0/8`);
    list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** An IPv4 address within IPv6 is that IPv4 address. */
function plain(address: string): string {
  const bare = address.trim().replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}

const isProxy = (proxies: ProxyList, address: string): boolean => isIP(address) !== 0 && proxies.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');

/**
 * Who is at the other end: `remote`, the end of the connection; where that is a proxy of ours, the last address in
 * X-Forwarded-For that is none. What stands before it in that header anyone may have written.
 */
export function clientAddress(remote: string, forwardedFor: string | undefined, proxies: ProxyList): string {
  let client = plain(remote);
  for (const entry of (forwardedFor ?? '').split(',').reverse()) {
    if (!isProxy(proxies, client)) break;
    const next = plain(entry);
    if (isIP(next) === 0) break;
    client = next;
  }
  return client;
}

/** What counts as one client: an IPv4 address or a /64 of IPv6, which one client has all of. */
export function clientGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.toLowerCase().split('::') ?? [];
  const left = head.split(':').filter((part) => part !== '');
  const right = tail?.split(':').filter((part) => part !== '') ?? [];
  const full = tail === undefined ? left : [...left, ...Array<string>(Math.max(8 - left.length - right.length, 0)).fill('0'), ...right];
  return `${full.slice(0, 4).map((part) => part.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
