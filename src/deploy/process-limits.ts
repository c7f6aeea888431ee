import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a process may use at most; null: as much as there is. */
export type Limits = { memoryMb: number | null; cpus: number | null };

/** What holds the limits here. `watched`: memory is looked at ten times a second, so that a burst can pass over it. */
export type Enforced = {
  memory: 'cgroup v2' | 'cgroup v1' | 'watched' | 'not enforced' | null;
  cpus: 'cgroup v2' | 'cgroup v1' | 'not enforced' | null;
};

/** A place that holds the limits of one process and of what it starts. */
export type Cage = {
  enforced: Enforced;
  /** The command that begins inside. */
  argv(argv: string[]): string[];
  /** How often the kernel has ended something in it for its memory. */
  memoryKills(): number;
  /** The place is given back once nothing is in it. */
  remove(): void;
};

/** Where this process lies in the kernel's control groups, as /proc tells; tests have their own. */
export type CgroupView = { mounts: string; own: string };

const periodMicroseconds = 100_000;

/**
 * Control groups where they can be written, of either version; they hold against any burst, of all processes together.
 * Elsewhere memory is watched by whoever started the process, and processor time is not limited.
 */
export const openCage = (name: string, limits: Limits, view: CgroupView = readView()): Cage => {
  const folder = `specwright-${name.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`;
  const second = openSecond(folder, limits, view);
  const groups = second.length > 0 ? second : openFirst(folder, limits, view);
  const of = (what: Group['holds']) => groups.find(({ holds }) => holds === what);
  const memory = of('memory') ?? of('both');
  const cpus = of('cpus') ?? of('both');
  const files = groups.map((group) => path.join(group.folder, 'cgroup.procs'));
  return {
    enforced: {
      memory:
        limits.memoryMb === null ? null : (memory?.version ?? (existsSync('/proc/self') ? 'watched' : 'not enforced')),
      cpus: limits.cpus === null ? null : (cpus?.version ?? 'not enforced'),
    },
    argv: (argv) => (files.length === 0 ? argv : ['/bin/sh', '-c', enter(files.length), 'sh', ...files, ...argv]),
    memoryKills: () => (memory ? killsIn(memory) : 0),
    remove() {
      for (const group of groups) removeGroup(group.folder);
    },
  };
};

type Group = { version: 'cgroup v1' | 'cgroup v2'; holds: 'memory' | 'cpus' | 'both'; folder: string };

/** The shell puts itself into each group, then becomes the program: same process, nothing escapes at the start. */
const enter = (groups: number): string =>
  `${Array.from({ length: groups }, () => 'echo $$ > "$1" && shift').join(' && ')} && exec "$@"`;

const readView = (): CgroupView => {
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  return { mounts: read('/proc/mounts'), own: read('/proc/self/cgroup') };
};

/** Version 2: one group for both. Beside this process's own group where that one, having processes, takes no children. */
const openSecond = (folder: string, { memoryMb, cpus }: Limits, view: CgroupView): Group[] => {
  const mount = mountOf(view, (type) => type === 'cgroup2');
  const own = /^0::(.*)$/m.exec(view.own)?.[1];
  if (mount === null || own === undefined || (memoryMb === null && cpus === null)) return [];
  const inside = path.join(mount, own);
  for (const parent of new Set([inside, own === '/' ? inside : path.dirname(inside)])) {
    const made = path.join(parent, folder);
    put(path.join(parent, 'cgroup.subtree_control'), '+memory +cpu');
    const held =
      makeGroup(made) &&
      (memoryMb === null || put(path.join(made, 'memory.max'), String(Math.ceil(memoryMb * 1e6)))) &&
      (cpus === null ||
        put(path.join(made, 'cpu.max'), `${Math.ceil(cpus * periodMicroseconds)} ${periodMicroseconds}`));
    if (held) {
      put(path.join(made, 'memory.swap.max'), '0');
      put(path.join(made, 'memory.oom.group'), '1');
      return [{ version: 'cgroup v2', holds: 'both', folder: made }];
    }
    removeGroup(made);
  }
  return [];
};

/** Version 1: a group in the hierarchy of each controller. */
const openFirst = (folder: string, { memoryMb, cpus }: Limits, view: CgroupView): Group[] => {
  const open = (controller: string, holds: 'memory' | 'cpus', hold: (made: string) => boolean): Group[] => {
    const mount = mountOf(view, (type, options) => type === 'cgroup' && options.includes(controller));
    if (mount === null) return [];
    const own = new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, 'm').exec(view.own)?.[1] ?? '/';
    // A container may see its own group as the root.
    const parent = existsSync(path.join(mount, own)) ? path.join(mount, own) : mount;
    const made = path.join(parent, folder);
    if (makeGroup(made) && hold(made)) return [{ version: 'cgroup v1', holds, folder: made }];
    removeGroup(made);
    return [];
  };
  return [
    ...(memoryMb === null
      ? []
      : open('memory', 'memory', (made) => {
          const bytes = String(Math.ceil(memoryMb * 1e6));
          const held = put(path.join(made, 'memory.limit_in_bytes'), bytes);
          // Swap would come on top of it.
          put(path.join(made, 'memory.memsw.limit_in_bytes'), bytes);
          return held;
        })),
    ...(cpus === null
      ? []
      : open(
          'cpu',
          'cpus',
          (made) =>
            put(path.join(made, 'cpu.cfs_period_us'), String(periodMicroseconds)) &&
            put(path.join(made, 'cpu.cfs_quota_us'), String(Math.ceil(cpus * periodMicroseconds))),
        )),
  ];
};

const mountOf = ({ mounts }: CgroupView, fits: (type: string, options: string[]) => boolean): string | null => {
  for (const line of mounts.split('\n')) {
    const [, at, type, options] = line.split(' ');
    if (at && type && fits(type, (options ?? '').split(','))) return at;
  }
  return null;
};

const makeGroup = (folder: string): boolean => {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch {
    return false; // not ours to write: limits are held in another way, which is told
  }
};

/** The kernel's own files are there before they are written; none is made. */
const put = (file: string, text: string): boolean => {
  if (!existsSync(file)) return false;
  try {
    writeFileSync(file, text);
    return true;
  } catch {
    return false; // refused, such as a controller that the parent does not hand on
  }
};

const removeGroup = (folder: string): void => {
  try {
    rmdirSync(folder);
  } catch {
    // something still ends in it, or it never was: an empty group costs nothing
  }
};

const killsIn = ({ version, folder }: Group): number => {
  const file = path.join(folder, version === 'cgroup v2' ? 'memory.events' : 'memory.oom_control');
  return existsSync(file) ? Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) : 0;
};
