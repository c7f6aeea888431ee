import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readText } from '../../world/files.ts';
import { expectSuccess, type Run } from '../../world/processes.ts';
import { endsWith, startDetached, stopDetached, supervisedAt } from '../detached.ts';
import { containerLogs, removeContainer } from '../docker-argv.ts';
import type { Lifetime } from '../target/target.ts';

/** Keeps one HAProxy up that outlives the program, and ends it when asked, requests in flight first. */
export type HaproxyKeeper = {
  start(): Promise<void>;
  isUp(): Promise<boolean>;
  stop(seconds: number): Promise<void>;
  lastLines(): Promise<string>;
};

/** HAProxy lies where a user who is not the administrator does not look. */
export const withSystemPrograms = (environment: Record<string, string>): Record<string, string> => ({
  ...environment,
  PATH: `${environment.PATH ?? ''}:/usr/local/sbin:/usr/sbin`,
});

type Place = {
  folder: string;
  socketFolder: string;
  config: string;
  generation: string;
  lifetime: Lifetime | null;
};

/** The program of this machine, under the supervisor. */
export const hostHaproxy = (
  { folder, config, generation, lifetime }: Place,
  environment: Record<string, string>,
): HaproxyKeeper => {
  const state = path.join(folder, `haproxy-${generation}.json`);
  const log = path.join(folder, 'router.log');
  return {
    async start() {
      await startDetached(
        {
          argv: ['haproxy', '-db', '-f', config],
          cwd: '/',
          log,
          state,
          graceSeconds: 35,
          stopSignal: 'SIGUSR1',
          rotate: { bytes: 10e6, files: 2 },
          service: { router: 'haproxy' },
          ...endsWith(lifetime, state),
        },
        withSystemPrograms(environment),
      );
    },
    isUp: async () => supervisedAt(state) !== null,
    stop: async (seconds) => void (await stopDetached(state, seconds)),
    lastLines: async () => (existsSync(log) ? readText(log).trimEnd().split('\n').slice(-8).join('\n') : ''),
  };
};

const quick = { limitSeconds: 30 };

/** HAProxy's image with the network of the host; the engine starts it again when it ends by itself. */
export const containedHaproxy = (
  { folder, socketFolder, config, generation, lifetime }: Place,
  { run, name, image }: { run: Run; name: string; image: string },
): HaproxyKeeper => {
  const container = `${name}-${generation}`;
  const isUp = async () => {
    const found = await run(['docker', 'inspect', '--format', '{{.State.Running}}', container], quick);
    return found.stdout.trim() === 'true';
  };
  return {
    isUp,
    async start() {
      await run(removeContainer(container), quick);
      lifetime?.watchContainer(container);
      const started = await run(
        [
          'docker', 'run', '--detach', '--name', container, '--network', 'host', '--restart', 'unless-stopped',
          '--user', `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`, '--log-opt', 'max-size=10m', '--log-opt', 'max-file=2',
          '--volume', `${folder}:${folder}:ro`, '--volume', `${socketFolder}:${socketFolder}`,
          '--label', 'specwright.router=true', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges',
          image, 'haproxy', '-db', '-f', config,
        ],
        { limitSeconds: 120 },
      ); // biome-ignore format: an argv reads in pairs
      expectSuccess(started, 'Starting the container of HAProxy');
    },
    async stop(seconds) {
      // Ended on its own request it would be started again.
      await run(['docker', 'update', '--restart', 'no', container], quick);
      await run(['docker', 'kill', '--signal', 'USR1', container], quick);
      const end = performance.now() + seconds * 1000;
      while ((await isUp()) && performance.now() < end) await sleep(200);
      await run(removeContainer(container), quick);
    },
    lastLines: async () => {
      const { stdout, stderr } = await run(containerLogs(container, 8), quick);
      return `${stdout}${stderr}`.trimEnd();
    },
  };
};
