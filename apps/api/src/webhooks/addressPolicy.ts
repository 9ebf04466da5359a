import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

/** Places that are not public and that the operator lets webhooks go to all the same, also by http. */
export interface PrivatePlaces {
  hosts: readonly string[];
  networks: readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[];
}

export const noPrivatePlaces: PrivatePlaces = { hosts: [], networks: [] };

/**
 * Hosts, addresses and networks with commas between, such as `hooks.internal,10.0.0.0/8,::1`.
 * @throws Error with a sentence for whoever wrote them
 */
export function readPrivatePlaces(text: string): PrivatePlaces {
  const places = text.split(',').map((part) => part.trim().toLowerCase()).filter((part) => part !== '');
  const hosts: string[] = [];
  const networks: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  for (const place of places) {
    if (ipaddr.isValidCIDR(place)) networks.push(ipaddr.parseCIDR(place));
    else if (isIP(place) !== 0) networks.push([ipaddr.parse(place), isIP(place) === 4 ? 32 : 128]);
    else if (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(place) && !/^[\d.]+$/.test(place)) hosts.push(place);
    else throw new Error(`must name hosts, addresses or networks, such as hooks.internal,10.0.0.0/8; ${JSON.stringify(place)} is none`);
  }
  return { hosts, networks };
}

/** The address of a webhook that is well-formed, and of the kind that may be called at all. */
export interface Target {
  url: URL;
  /** Without the brackets of an IPv6 address. */
  host: string;
  /** The operator has named this very host: whatever it resolves to may be called. */
  named: boolean;
}

/**
 * What can be told without asking anyone: form and protocol, and of an address that is written out as numbers (in any of the ways
 * that there are) whether it may be called. What a name resolves to is judged when a message is sent.
 * @returns a sentence where it may not be called
 */
export function checkUrl(text: string, places: PrivatePlaces): Target | string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be the https address of a receiver, such as https://example.org/hooks/thaw';
  if (url.username !== '' || url.password !== '') return 'must not hold a user or a password: what is sent is signed instead';
  if (url.hash !== '') return 'must not have a part after #: it is never sent';
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const named = places.hosts.includes(host);
  const literal = isIP(host) !== 0;
  // What a name stands for is not known yet: it may stand for a named network.
  const maybePrivate = named || (literal ? isNamedNetwork(host, places) : places.networks.length > 0);
  const neverPublic = literal ? !mayBeCalled(host, places) : /^(.*\.)?(localhost|local|internal)$/.test(host);
  if (neverPublic && !maybePrivate) return 'must be a public address';
  if (url.protocol === 'http:' && !maybePrivate) return 'must begin with https://';
  return { url, host, named };
}

/** Whether an IP address is in a network that the operator has named. */
export function isNamedNetwork(address: string, { networks }: PrivatePlaces): boolean {
  const parsed = ipaddr.process(address);
  return networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match([network, bits] as [ipaddr.IPv6, number]));
}

/** Whether an IP address is public, or in a network that the operator has named. What only maps or tunnels to another is not public. */
export function mayBeCalled(address: string, places: PrivatePlaces): boolean {
  if (!ipaddr.isValid(address)) return false;
  if (isNamedNetwork(address, places)) return true;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  // Of IPv6, only what is given out as public at all.
  return parsed.kind() === 'ipv4' || parsed.match(ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]);
}
