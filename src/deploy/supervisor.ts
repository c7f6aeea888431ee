/**
 * Keeps a process up after the command that started it has ended: `node supervisor.ts PLAN`.
 * Starts the command of the plan, writes its process id into the state file, and starts it again when it ends, later
 * each time (0.2 s to 10 s). SIGTERM ends the child first, then the supervisor.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { isAlive } from '../world/process-alive.ts';
import { treeMemoryMb, treeOf } from '../world/process-memory.ts';
import { type Cage, type Limits, openCage } from './process-limits.ts';

export type SupervisorPlan = {
  argv: string[];
  cwd: string;
  /** Absent: the environment that the supervisor itself was started with, so that no secret is written down. */
  env?: Record<string, string>;
  log: string;
  state: string;
  graceSeconds: number;
  /** What asks the child to end; SIGTERM where nothing is said. */
  stopSignal?: 'SIGTERM' | 'SIGUSR1';
  /** What the child may use at most; absent: as much as there is. */
  limits?: Limits;
  /** The log is moved aside when it has grown to this size, and so many old ones are kept. */
  rotate?: { bytes: number; files: number };
  /** The program that started the service, and the file that lets the service outlive it; absent: it stays. */
  owner?: number;
  stays?: string;
  /** What the state file says beside the process ids. */
  service: Record<string, unknown>;
};

const longestDelayMs = 10_000;
/** A child that lived this long counts as healthy: the delay starts again from the shortest. */
const settledMs = 30_000;
const rotateEveryMs = 5000;
const memoryEveryMs = 100;

const supervise = (plan: SupervisorPlan): void => {
  let child: ChildProcess | undefined;
  let stopping = false;
  let delay = 200;
  let starts = 0;
  let ended: string | null = null;
  const log = openSync(plan.log, 'a');
  const cage = openCage(`${path.basename(plan.state, '.json')}-${hashOf(plan.state)}`, plan.limits ?? unlimited);
  const memory = watchMemory(plan, cage, () => child?.pid);
  const tell = (pid: number | undefined) => writeState(plan, { pid, starts, ended, limits: cage.enforced });
  const start = () => {
    const started = Date.now();
    starts++;
    const [program, ...rest] = cage.argv(plan.argv);
    child = spawn(program!, rest, {
      cwd: plan.cwd,
      ...(plan.env ? { env: plan.env } : {}),
      stdio: ['ignore', log, log],
    });
    tell(child.pid);
    let unstarted: string | null = null;
    child.once('error', (error) => {
      unstarted = 'code' in error && error.code === 'ENOENT' ? `${plan.argv[0]} was not found` : error.message;
      spared(() => writeFileSync(log, `${plan.argv[0]}: ${error.message}\n`));
    });
    child.once('close', (code, signal) => {
      if (stopping) {
        cage.remove();
        rmSync(plan.state, { force: true });
        process.exitCode = 0;
        return;
      }
      ended = memory.complaint() ?? unstarted ?? (signal ? `signal ${signal}` : `exit code ${code}`);
      spared(() => writeSync(log, `${path.basename(plan.state, '.json')} ended: ${ended}\n`));
      tell(undefined);
      delay = Date.now() - started > settledMs ? 200 : Math.min(longestDelayMs, delay * 2);
      setTimeout(() => (stopping ? undefined : start()), delay);
    });
  };
  const stop = () => {
    stopping = true;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) {
      cage.remove();
      rmSync(plan.state, { force: true });
      process.kill(process.pid, 'SIGKILL');
    }
    child?.kill(plan.stopSignal ?? 'SIGTERM');
    setTimeout(() => child?.kill('SIGKILL'), plan.graceSeconds * 1000).unref();
  };
  process.on('SIGTERM', stop);
  watchOwner(plan, () => stopping || stop());
  if (plan.rotate) setInterval(() => spared(() => rotate(plan.log, plan.rotate!)), rotateEveryMs).unref();
  process.on('SIGHUP', () => undefined);
  start();
};

/** Two services may give their copies the same names. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

const unlimited: Limits = { memoryMb: null, cpus: null };

/**
 * Says once that the child was ended for its memory: by the kernel, whose count has grown, or from here, where no group
 * holds it. What was ended from here is ended with everything that it has started.
 */
const watchMemory = (
  { limits = unlimited }: SupervisorPlan,
  cage: Cage,
  child: () => number | undefined,
): { complaint(): string | null } => {
  const { memoryMb } = limits;
  let known = cage.memoryKills();
  let over = false;
  if (memoryMb !== null && cage.enforced.memory === 'watched') {
    setInterval(() => {
      const pid = child();
      if (pid === undefined || !isAlive(pid) || treeMemoryMb(pid) <= memoryMb) return;
      over = true;
      for (const one of treeOf(pid).reverse()) if (isAlive(one)) process.kill(one, 'SIGKILL');
    }, memoryEveryMs).unref();
  }
  return {
    complaint() {
      const kills = cage.memoryKills();
      const killed = over || kills > known;
      known = kills;
      over = false;
      return killed ? `out of memory, more than ${memoryMb} MB` : null;
    },
  };
};

/** A program that was killed outright cannot stop what it started. */
const watchOwner = ({ owner, stays }: SupervisorPlan, stop: () => void): void => {
  if (owner === undefined || stays === undefined) return;
  const watch = setInterval(() => {
    if (existsSync(stays)) clearInterval(watch);
    else if (!isAlive(owner)) stop();
  }, 500);
  watch.unref();
};

/** The child keeps writing to the same file, which is therefore copied and emptied. */
const rotate = (log: string, { bytes, files }: { bytes: number; files: number }): void => {
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) < bytes) return;
  for (let number = files - 1; number > 1; number--) {
    if (existsSync(`${log}.${number - 1}`)) renameSync(`${log}.${number - 1}`, `${log}.${number}`);
  }
  if (files > 1) copyFileSync(log, `${log}.1`);
  truncateSync(log, 0);
};

type Told = { pid: number | undefined; starts: number; ended: string | null; limits: Cage['enforced'] };

/** On a full disk the state file stays as it was, and what it keeps up goes on. */
const writeState = (plan: SupervisorPlan, { pid, ...told }: Told): void => {
  const temporary = `${plan.state}.tmp`;
  const text = JSON.stringify({ ...plan.service, pid: pid ?? null, supervisor: process.pid, ...told });
  spared(() => {
    writeFileSync(temporary, `${text}\n`);
    renameSync(temporary, plan.state);
  });
};

/** What may fail on a full disk without ending the supervisor; the next time may be better. */
const spared = (write: () => void): void => {
  try {
    write();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
};

/** Two supervisors of one state file would start the service twice: the second one finds the first and goes. */
const isFirst = ({ state }: SupervisorPlan): boolean => {
  const lock = `${state}.supervisor`;
  try {
    closeSync(openSync(lock, 'wx'));
  } catch {
    const holder = Number(readFileSync(lock, 'utf8'));
    if (holder > 0 && isAlive(holder)) return false;
  }
  writeFileSync(lock, String(process.pid));
  process.once('exit', () => rmSync(lock, { force: true }));
  return true;
};

const plan = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as SupervisorPlan;
if (isFirst(plan)) supervise(plan);
