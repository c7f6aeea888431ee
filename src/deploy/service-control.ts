import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ServiceSpec } from '../artifacts/service/service-spec.ts';
import { AppError } from '../errors.ts';
import { isAlive } from '../world/process-alive.ts';
import { expectSuccess, killGroup, type Run } from '../world/processes.ts';
import type { Watchdog } from '../world/watchdog.ts';
import { type ContainerService, containerLogs, removeContainer, runService, stopContainer } from './docker-argv.ts';
import { variablesOf } from './service-argv.ts';
import type { SupervisorPlan } from './supervisor.ts';

const stateSchema = z.discriminatedUnion('target', [
  z.object({
    target: z.literal('process'),
    url: z.string(),
    port: z.number(),
    version: z.string(),
    pid: z.number().nullable(),
    supervisor: z.number(),
  }),
  z.object({
    target: z.literal('docker'),
    url: z.string(),
    port: z.number(),
    version: z.string(),
    container: z.string(),
    image: z.string(),
  }),
]);
/** What runs for a project; lies in `.specwright/service.json`. */
export type ServiceState = z.infer<typeof stateSchema>;

const stateFile = (root: string) => path.join(root, '.specwright', 'service.json');
const staysFile = (root: string) => path.join(root, '.specwright', 'service-stays');
export const serviceLog = (root: string) => path.join(root, '.specwright', 'service.log');

/** The service that was started for this project, if it is still there. */
export const runningService = async (root: string, run: Run): Promise<ServiceState | null> => {
  if (!existsSync(stateFile(root))) return null;
  const parsed = stateSchema.safeParse(JSON.parse(readFileSync(stateFile(root), 'utf8')));
  if (!parsed.success) return null;
  const state = parsed.data;
  if (state.target === 'process') return isAlive(state.supervisor) ? state : null;
  const found = await run(['docker', 'inspect', '--format', '{{.State.Running}}', state.container], {
    limitSeconds: 10,
  });
  return found.stdout.trim() === 'true' ? state : null;
};

export type ProcessStart = {
  root: string;
  spec: ServiceSpec;
  port: number;
  environment: Record<string, string>;
  watchdog: Watchdog;
};

/** Starts the supervised process as its spec says; returns when the state file names it. */
export const startProcess = async (start: ProcessStart): Promise<ServiceState> => {
  const { root, spec, port } = start;
  const folder = path.join(root, '.specwright');
  mkdirSync(folder, { recursive: true });
  const plan = path.join(folder, 'service-plan.json');
  for (const file of [stateFile(root), staysFile(root)]) rmSync(file, { force: true });
  writeFileSync(serviceLog(root), '');
  const { version, logs, rollout, run } = spec;
  const supervised: SupervisorPlan = {
    argv: run!.argv.map((one) => one.replaceAll('{port}', String(port))),
    cwd: path.resolve(root, 'deploy', run!.folder),
    env: { ...start.environment, ...variablesOf(spec, { port, slot: 'main', version }) },
    log: serviceLog(root),
    state: stateFile(root),
    graceSeconds: rollout.grace_seconds,
    limits: { memoryMb: spec.resources.memory_mb ?? null, cpus: spec.resources.cpus ?? null },
    rotate: { bytes: logs.max_size_mb * 1e6, files: logs.files },
    owner: process.pid,
    stays: staysFile(root),
    service: { target: 'process', url: `http://127.0.0.1:${port}`, port, version },
  };
  writeFileSync(plan, JSON.stringify(supervised));
  const program = fileURLToPath(new URL('./supervisor.ts', import.meta.url));
  const child = spawn(process.execPath, [program, plan], { detached: true, stdio: 'ignore', env: start.environment });
  if (child.pid !== undefined) start.watchdog.watch(child.pid);
  child.unref();
  for (let tries = 0; tries < 100; tries++) {
    if (existsSync(stateFile(start.root)))
      return stateSchema.parse(JSON.parse(readFileSync(stateFile(start.root), 'utf8')));
    await sleep(30);
  }
  throw new AppError('tool.failed', 'The supervisor of the service did not start', {
    hint: `See ${serviceLog(start.root)}`,
  });
};

/** Starts the container, replacing one of the same name that an earlier run left behind. */
export const startContainer = async (
  root: string,
  { run, watchdog }: { run: Run; watchdog: Watchdog },
  service: ContainerService,
): Promise<ServiceState> => {
  watchdog.watch(service.name);
  await run(removeContainer(service.name), { limitSeconds: 60 });
  expectSuccess(await run(runService(service), { limitSeconds: 60 }), 'Starting the container');
  const url = `http://127.0.0.1:${service.hostPort}`;
  const state: ServiceState = {
    target: 'docker',
    url,
    port: service.hostPort,
    version: service.spec.version,
    container: service.name,
    image: service.image,
  };
  writeFileSync(stateFile(root), `${JSON.stringify(state)}\n`);
  return state;
};

/** Waits for `/ready`; the error carries the last lines that the service wrote. Returns the seconds that it took. */
export const waitUntilReady = async (
  root: string,
  run: Run,
  state: ServiceState,
  limitSeconds: number,
  signal: AbortSignal,
): Promise<number> => {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  while (seconds() < limitSeconds) {
    signal.throwIfAborted();
    const answer = await fetch(`${state.url}/ready`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
    if (answer?.ok) return seconds();
    await sleep(40);
  }
  throw new AppError(
    'tool.failed',
    `The service was not ready after ${limitSeconds} s:\n${await serviceOutput(root, run, state, 15)}`,
    {
      hint: 'The last lines above come from the service itself; `specwright logs` shows more.',
    },
  );
};

export const serviceOutput = async (
  root: string,
  run: Run,
  state: ServiceState | null,
  lines: number,
): Promise<string> => {
  if (state?.target === 'docker') {
    const result = await run(containerLogs(state.container, lines), { limitSeconds: 20 });
    return `${result.stdout}${result.stderr}`.trimEnd();
  }
  return existsSync(serviceLog(root))
    ? readFileSync(serviceLog(root), 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
    : '';
};

/** Lets the service outlive the program, which from its start until here ends with it. */
export const letStay = async (root: string, { run, watchdog }: { run: Run; watchdog: Watchdog }): Promise<void> => {
  const state = await runningService(root, run);
  if (state) writeFileSync(staysFile(root), '');
  if (state) watchdog.release(state.target === 'process' ? state.supervisor : state.container);
};

/** Stops what runs for the project, requests in flight first; false where nothing ran. */
export const stopService = async (root: string, run: Run, drainSeconds: number): Promise<boolean> => {
  const state = await runningService(root, run);
  if (state?.target === 'docker') {
    await run(stopContainer(state.container, drainSeconds), { limitSeconds: drainSeconds + 30 });
    await run(removeContainer(state.container), { limitSeconds: 60 });
  } else if (state?.target === 'process') {
    process.kill(state.supervisor, 'SIGTERM');
    const end = performance.now() + (drainSeconds + 5) * 1000;
    while (isAlive(state.supervisor) && performance.now() < end) await sleep(30);
    killGroup(state.supervisor);
  }
  rmSync(stateFile(root), { force: true });
  return state !== null;
};
