import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../errors.ts';
import { isAlive } from './process-alive.ts';

export type Lock = { release: () => void };

/**
 * One holder per file, by exclusive creation. A lock whose process has ended (kill -9, power cut) is taken over:
 * the process id and its start time must both match, so that a recycled id does not hold the lock for ever.
 */
export const acquireLock = (file: string, what: string): Lock => {
  mkdirSync(path.dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      placeOnce(file, mine);
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = holderOf(file);
    if (holder) {
      throw new AppError('project.locked', `${what} is in use by process ${holder.pid}`, {
        hint: 'Wait until that run has ended, or stop it; a lock left by a dead process is taken over by itself.',
      });
    }
    rmSync(file, { force: true });
  }
  throw new AppError('project.locked', `${what} is being locked by several processes at once`, { hint: 'Try again.' });
};

/** With its content from the first moment on: an empty lock would be taken for one that is left over. */
const placeOnce = (file: string, content: string): void => {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  try {
    linkSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
};

export const holderOf = (file: string): { pid: number } | null => {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    return null; // released in between
  }
  const match = /"pid":(\d+),"started":"?([^"}]*)"?/.exec(content);
  if (!match) return null;
  const pid = Number(match[1]);
  return isAlive(pid) && startOf(pid) === match[2] ? { pid } : null;
};

/** Start time in clock ticks since boot by /proc; 'unknown' where there is no /proc. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
  } catch {
    return 'unknown';
  }
};
