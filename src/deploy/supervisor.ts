/**
 * Keeps a service process up after the command that started it has ended: `node supervisor.ts PLAN`.
 * Starts the command of the plan, writes its process id into the state file, and starts it again when it ends, later
 * each time (0.2 s to 10 s). SIGTERM ends the child first, then the supervisor.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive } from '../world/process-alive.ts';

export type SupervisorPlan = {
  argv: string[];
  cwd: string;
  env: Record<string, string>;
  log: string;
  state: string;
  graceSeconds: number;
  /** The program that started the service, and the file that lets the service outlive it. */
  owner: number;
  stays: string;
  /** What the state file says beside the process ids. */
  service: Record<string, unknown>;
};

const longestDelayMs = 10_000;
/** A child that lived this long counts as healthy: the delay starts again from the shortest. */
const settledMs = 30_000;

const supervise = (plan: SupervisorPlan): void => {
  let child: ChildProcess | undefined;
  let stopping = false;
  let delay = 200;
  const log = openSync(plan.log, 'a');
  const start = () => {
    const started = Date.now();
    child = spawn(plan.argv[0]!, plan.argv.slice(1), { cwd: plan.cwd, env: plan.env, stdio: ['ignore', log, log] });
    writeState(plan, child.pid);
    child.once('error', () => undefined); // told by its exit code in the log; the next try follows
    child.once('close', () => {
      if (stopping) {
        rmSync(plan.state, { force: true });
        process.exitCode = 0;
        return;
      }
      delay = Date.now() - started > settledMs ? 200 : Math.min(longestDelayMs, delay * 2);
      setTimeout(start, delay);
    });
  };
  const stop = () => {
    stopping = true;
    if (!child?.pid || child.exitCode !== null) {
      rmSync(plan.state, { force: true });
      process.kill(process.pid, 'SIGKILL');
    }
    child?.kill('SIGTERM');
    setTimeout(() => child?.kill('SIGKILL'), plan.graceSeconds * 1000).unref();
  };
  process.on('SIGTERM', stop);
  // A program that was killed outright cannot stop what it started.
  const watch = setInterval(() => {
    if (existsSync(plan.stays)) clearInterval(watch);
    else if (!stopping && !isAlive(plan.owner)) stop();
  }, 500);
  watch.unref();
  process.on('SIGHUP', () => undefined);
  start();
};

const writeState = (plan: SupervisorPlan, pid: number | undefined): void => {
  const temporary = `${plan.state}.tmp`;
  writeFileSync(temporary, `${JSON.stringify({ ...plan.service, pid: pid ?? null, supervisor: process.pid })}\n`);
  renameSync(temporary, plan.state);
};

supervise(JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as SupervisorPlan);
