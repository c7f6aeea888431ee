import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { writeAtomically } from '../world/files.ts';
import { isAlive } from '../world/process-alive.ts';
import { killGroup } from '../world/processes.ts';
import type { SupervisorPlan } from './supervisor.ts';
import type { Lifetime } from './target/target.ts';

const stateSchema = z.looseObject({
  pid: z.number().nullable(),
  supervisor: z.number(),
  starts: z.number().default(1),
  /** Why it ended by itself, the last time that it did. */
  ended: z.string().nullable().default(null),
  limits: z
    .object({ memory: z.string().nullable(), cpus: z.string().nullable() })
    .default({ memory: null, cpus: null }),
});
/** A process and its supervisor; `starts` counts how often it had to be started, null where it is not up. */
export type Supervised = z.infer<typeof stateSchema>;

const startLimitMs = 5000;

/** What a state file tells, if its supervisor or its process still runs. */
export const supervisedAt = (file: string): (Supervised & { supervised: boolean }) | null => {
  if (!existsSync(file)) return null;
  const parsed = stateSchema.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (!parsed.success) return null;
  const { pid, supervisor } = parsed.data;
  const supervised = isAlive(supervisor);
  return supervised || (pid !== null && isAlive(pid)) ? { ...parsed.data, supervised } : null;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null; // another state file than ours
  }
};

/** What a supervisor's plan says of a process that must end with the program; without an owner it stays. */
export const endsWith = (lifetime: Lifetime | null, state: string): Pick<SupervisorPlan, 'owner' | 'stays'> =>
  lifetime ? { owner: lifetime.owner, stays: `${state}.stays` } : {};

/** Starts a process that outlives the program, with `environment` as its whole environment; returns when it is known. */
export const startDetached = async (plan: SupervisorPlan, environment: Record<string, string>): Promise<Supervised> => {
  const running = supervisedAt(plan.state);
  if (running?.supervised) return running;
  if (running) await stopDetached(plan.state, 0);
  rmSync(plan.state, { force: true });
  mkdirSync(path.dirname(plan.state), { recursive: true });
  const file = `${plan.state}.plan`;
  await writeAtomically(file, JSON.stringify(plan));
  const program = fileURLToPath(new URL(`./supervisor${path.extname(import.meta.filename)}`, import.meta.url));
  // The folder of the caller may go away while the supervisor runs.
  const child = spawn(process.execPath, [program, file], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    env: environment,
  });
  child.unref();
  const end = performance.now() + startLimitMs;
  while (performance.now() < end) {
    const state = supervisedAt(plan.state);
    if (state?.supervised) return state;
    await sleep(10);
  }
  throw new AppError('tool.failed', `${plan.argv[0]} was not started within ${startLimitMs / 1000} s`, {
    hint: `See ${plan.log}; is the disk full?`,
  });
};

/** SIGTERM, then SIGKILL after the grace. True where it had to be killed. */
export const stopDetached = async (file: string, graceSeconds: number): Promise<boolean> => {
  const state = supervisedAt(file);
  if (!state) {
    rmSync(file, { force: true });
    return false;
  }
  if (state.supervised) signal(state.supervisor, 'SIGTERM');
  else if (state.pid !== null) signal(state.pid, 'SIGTERM');
  const begin = performance.now();
  const alive = () => [state.supervisor, state.pid].some((pid) => pid !== null && isAlive(pid));
  while (alive() && performance.now() < begin + (graceSeconds + 2) * 1000) await sleep(20);
  const killed = alive() || (performance.now() - begin) / 1000 > graceSeconds;
  killGroup(state.supervisor);
  if (state.pid !== null && isAlive(state.pid)) signal(state.pid, 'SIGKILL');
  for (const rest of [file, `${file}.plan`, `${file}.supervisor`]) rmSync(rest, { force: true });
  return killed && graceSeconds > 0;
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};
