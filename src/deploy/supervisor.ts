/**
 * Keeps a process up after the command that started it has ended: `node supervisor.ts PLAN`.
 * Starts the command of the plan, writes its process id into the state file, and starts it again when it ends, later
 * each time (0.2 s to 10 s). SIGTERM ends the child first, then the supervisor.
 */
import { type ChildProcess, spawn } from 'node:child_process';
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
} from 'node:fs';
import { isAlive } from '../world/process-alive.ts';

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

const supervise = (plan: SupervisorPlan): void => {
  let child: ChildProcess | undefined;
  let stopping = false;
  let delay = 200;
  let starts = 0;
  const log = openSync(plan.log, 'a');
  const start = () => {
    const started = Date.now();
    starts++;
    child = spawn(plan.argv[0]!, plan.argv.slice(1), {
      cwd: plan.cwd,
      ...(plan.env ? { env: plan.env } : {}),
      stdio: ['ignore', log, log],
    });
    writeState(plan, child.pid, starts);
    child.once('error', (error) => writeFileSync(log, `${plan.argv[0]}: ${error.message}\n`));
    child.once('close', () => {
      if (stopping) {
        rmSync(plan.state, { force: true });
        process.exitCode = 0;
        return;
      }
      writeState(plan, undefined, starts);
      delay = Date.now() - started > settledMs ? 200 : Math.min(longestDelayMs, delay * 2);
      setTimeout(() => (stopping ? undefined : start()), delay);
    });
  };
  const stop = () => {
    stopping = true;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) {
      rmSync(plan.state, { force: true });
      process.kill(process.pid, 'SIGKILL');
    }
    child?.kill(plan.stopSignal ?? 'SIGTERM');
    setTimeout(() => child?.kill('SIGKILL'), plan.graceSeconds * 1000).unref();
  };
  process.on('SIGTERM', stop);
  watchOwner(plan, () => stopping || stop());
  if (plan.rotate) setInterval(() => rotate(plan.log, plan.rotate!), rotateEveryMs).unref();
  process.on('SIGHUP', () => undefined);
  start();
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

const writeState = (plan: SupervisorPlan, pid: number | undefined, starts: number): void => {
  const temporary = `${plan.state}.tmp`;
  const text = JSON.stringify({ ...plan.service, pid: pid ?? null, supervisor: process.pid, starts });
  writeFileSync(temporary, `${text}\n`);
  renameSync(temporary, plan.state);
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
