import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Who listens on a port of this machine; the process is null where its owner hides it (another user, a container). */
export type Holder = { pid: number; command: string } | null;

const listening = '0A';

/** Undefined: nobody listens, or /proc is not there to ask. */
export const portHolder = (port: number): Holder | undefined => {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => (existsSync(file) ? inodesOf(file, port) : []));
  if (inodes.length === 0) return undefined;
  const links = new Set(inodes.map((inode) => `socket:[${inode}]`));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (holds(pid, links)) return { pid: Number(pid), command: commandOf(pid) };
  }
  return null;
};

/** A line is `sl local rem st … inode`; the local address ends with the port in hexadecimal. */
const inodesOf = (file: string, port: number): string[] => {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === listening)
    .map((fields) => fields[9]!);
};

const holds = (pid: string, links: Set<string>): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((name) => links.has(linkOf(`/proc/${pid}/fd/${name}`)));
  } catch {
    return false; // it has ended meanwhile, or belongs to another user
  }
};

const linkOf = (file: string): string => {
  try {
    return readlinkSync(file);
  } catch {
    return ''; // closed meanwhile
  }
};

const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // it has ended meanwhile
  }
};
