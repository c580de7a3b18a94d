import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** What the IANA special-purpose registries take out of the public internet (RFC 6890 and its updates). */
const notPublic4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]);
/** Global unicast; all that lies outside of it (loopback, mapped IPv4, unique local, link local) is not public. */
const public6 = blockList('ipv6', [['2000::', 3]]);
const notPublic6 = blockList('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);
const loopback4 = blockList('ipv4', [['127.0.0.0', 8]]);
const loopback6 = blockList('ipv6', [['::1', 128]]);

/** Whether an IP address belongs to the public internet. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !notPublic4.check(address, 'ipv4');
  return isIPv6(address) && public6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
}

export function isLoopbackAddress(address: string): boolean {
  if (isIPv4(address)) return loopback4.check(address, 'ipv4');
  return isIPv6(address) && loopback6.check(address, 'ipv6');
}

/** One list a family: Node compares IPv4 with mapped IPv6. */
function blockList(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family);
  return list;
}
