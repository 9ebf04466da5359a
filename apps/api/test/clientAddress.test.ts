import { describe, expect, it } from 'vitest';
import { clientAddress, clientGroup, readProxies } from '../src/accounts/clientAddress.ts';

describe('the address of a client', () => {
  const proxies = readProxies(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);
  it.each([
    ['a connection from elsewhere', '203.0.113.1', '198.51.100.1', '203.0.113.1'],
    ['no header', '127.0.0.1', undefined, '127.0.0.1'],
    ['a proxy of ours', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['what the client wrote before', '10.1.1.1', '1.1.1.1, 2.2.2.2 , 198.51.100.1', '198.51.100.1'],
    ['several proxies of ours', '127.0.0.1', '198.51.100.1, 10.2.2.2, 10.3.3.3', '198.51.100.1'],
    ['nothing but proxies', '127.0.0.1', '10.2.2.2', '10.2.2.2'],
    ['nonsense', '127.0.0.1', '198.51.100.1, unknown', '127.0.0.1'],
    ['an IPv4 address within IPv6', '::ffff:127.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['a port', '127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['IPv6, in brackets', 'fd12::1', '[2001:db8::1]:443', '2001:db8::1'],
  ])('with %s', (_, remote, forwarded, client) => {
    expect(clientAddress(remote, forwarded, proxies)).toBe(client);
  });

  it('counts for its whole /64 where it is IPv6', () => {
    for (const address of ['2001:db8:1:2::1', '2001:0db8:0001:0002:ffff:ffff:ffff:ffff', '2001:DB8:1:2:3:4:5:6']) expect(clientGroup(address)).toBe('2001:db8:1:2::/64');
    expect([clientGroup('2001:db8:1::'), clientGroup('::1'), clientGroup('fe80::1%eth0'), clientGroup('203.0.113.1')]).toEqual(['2001:db8:1:0::/64', '0:0:0:0::/64', 'fe80:0:0:0::/64', '203.0.113.1']);
  });

  it('is not guessed from a list that cannot be read', () => {
    for (const wrong of ['proxy', '10.0.0.0/33', '10.0.0', 'fd00::/129', '10.0.0.0/-1']) expect(() => readProxies([wrong])).toThrow(/is no address or network/);
  });
});
