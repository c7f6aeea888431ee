import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { AppError } from '../../errors.ts';

/** Where requests go: the address that was checked, so that a name cannot lead elsewhere later. */
export type Target = { address: string; port: number; path: string; host: string };

const allowed = new BlockList();
allowed.addSubnet('127.0.0.0', 8, 'ipv4');
allowed.addSubnet('10.0.0.0', 8, 'ipv4');
allowed.addSubnet('172.16.0.0', 12, 'ipv4');
allowed.addSubnet('192.168.0.0', 16, 'ipv4');
allowed.addAddress('::1', 'ipv6');
allowed.addSubnet('fc00::', 7, 'ipv6');
allowed.addSubnet('fe80::', 10, 'ipv6');

/** Load is sent to this machine and private networks only: a slip in a URL must not become an attack. */
export const privateTarget = async (text: string): Promise<Target> => {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:') {
    throw new AppError('usage', `${text} cannot be loaded`, { hint: 'Give a URL that starts with http://.' });
  }
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const address = await addressOf(name, text);
  if (!allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')) {
    throw new AppError('usage', `${text} is neither this machine nor in a private network`, {
      hint: 'Load tests are sent to loopback and private addresses only.',
    });
  }
  return { address, port: Number(url.port || 80), path: url.pathname + url.search, host: url.host };
};

const addressOf = async (name: string, text: string): Promise<string> => {
  if (isIP(name)) return name;
  try {
    return (await lookup(name)).address;
  } catch (cause) {
    throw new AppError('usage', `${text}: the host is not known`, { cause, hint: 'Check the name of the host.' });
  }
};
