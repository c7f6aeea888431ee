import { existsSync, readdirSync, readFileSync } from 'node:fs';

const intervalMs = 250;

/** Watches the resident memory of a process group by /proc; without /proc the peak is null and no limit holds. */
export const watchMemory = (group: number | undefined, limitMb: number, onExceeded: () => void) => {
  let peak: number | null = null;
  if (group === undefined || !existsSync('/proc/self/stat')) return { peakMb: () => peak, stop: () => undefined };
  const timer = setInterval(() => {
    const now = groupMemoryMb(group);
    peak = Math.max(peak ?? 0, now);
    if (now > limitMb) onExceeded();
  }, intervalMs);
  timer.unref();
  return { peakMb: () => peak, stop: () => clearInterval(timer) };
};

/** Resident memory (MB, 10^6 bytes) of all processes in a process group. */
export const groupMemoryMb = (group: number): number =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, pid) => sum + (groupOf(pid) === group ? residentMb(pid) : 0), 0);

/** Resident memory (MB) of a process and of everything that it has started. */
export const treeMemoryMb = (root: number): number =>
  treeOf(root).reduce((sum, pid) => sum + residentMb(String(pid)), 0);

/** A process and its descendants, each after its parent; without /proc the process alone. */
export const treeOf = (root: number): number[] => {
  const pids = existsSync('/proc/self/stat') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  const children = Map.groupBy(pids, (pid) => Number(statOf(pid)[1]));
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []).map(Number));
  return found;
};

const readProc = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // the process has ended between the listing and the reading
  }
};

const groupOf = (pid: string): number => Number(statOf(pid)[2]);

/** State, parent, group and so on: what stands after the name, which may hold anything. */
const statOf = (pid: string): string[] => {
  const stat = readProc(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

export const residentMb = (pid: string): number => {
  const match = /VmRSS:\s+(\d+) kB/.exec(readProc(pid, 'status'));
  return match ? (Number(match[1]) * 1024) / 1e6 : 0;
};

/** Highest resident memory (MB) that the process itself has had so far. */
export const peakResidentMb = (pid: string): number | null => {
  const match = /VmHWM:\s+(\d+) kB/.exec(readProc(pid, 'status'));
  return match ? (Number(match[1]) * 1024) / 1e6 : null;
};
