import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { readText, sha256, writeAtomically } from '../../world/files.ts';
import type { Run } from '../../world/processes.ts';
import type { Pool } from '../target/target.ts';
import { backend, haproxyCommands, haproxyConfig } from './haproxy-config.ts';
import { containedHaproxy, type HaproxyKeeper, hostHaproxy } from './haproxy-keepers.ts';
import { askHaproxy, refusalIn, statOf } from './haproxy-socket.ts';
import { type RoutedServer, type Router, serverName } from './router.ts';
import { forgetServers, type RouterFiles, type RouterPlan, readServers, writeServers } from './router-files.ts';

export const haproxyImage = 'haproxy:2.6';

const readyLimitMs = 10_000;
const stopSeconds = 35;

export const haproxyRouter = (
  files: RouterFiles,
  plan: RouterPlan,
  { run, environment }: { run: Run; environment: Record<string, string> },
): Router => {
  const { folder } = files;
  const generationFile = path.join(folder, 'generation');
  const generation = () => (existsSync(generationFile) ? readText(generationFile).trim() : '1');
  // A path of a socket has at most 107 characters, which a project's folder may pass.
  const socketFolder = path.join(tmpdir(), `specwright-${sha256(folder).slice(0, 16)}`);
  const socket = () => path.join(socketFolder, `${generation()}.sock`);
  const config = path.join(folder, 'haproxy.cfg');
  const writeConfig = (servers: RoutedServer[]) =>
    writeAtomically(config, haproxyConfig({ ...plan, socket: socket(), servers }));
  const keeper = (): HaproxyKeeper => {
    const place = { folder, socketFolder, config, generation: generation(), lifetime: files.lifetime ?? null };
    return plan.program === 'container'
      ? containedHaproxy(place, { run, name: files.name, image: haproxyImage })
      : hostHaproxy(place, environment);
  };
  const answers = () => isAnswering(socket());
  const start = async () => {
    mkdirSync(socketFolder, { recursive: true, mode: 0o700 });
    await writeConfig(readServers(files));
    await keeper().start();
    if (await waitUntil(answers, readyLimitMs)) return;
    const said = await keeper().lastLines();
    await keeper().stop(0);
    throw new AppError('tool.failed', `HAProxy did not start:\n${said}`, {
      hint: `Its configuration is ${config}; \`haproxy -c -f\` checks it. Does something else listen on ${plan.port}?`,
    });
  };
  const inFlight = async (pool: Pool): Promise<number> => {
    const current = statOf(await askHaproxy(socket(), [`show stat ${backend} 4 -1`]), 'scur');
    return [...current].filter(([name]) => isOf(name, pool)).reduce((sum, [, count]) => sum + count, 0);
  };
  return {
    kind: 'haproxy',
    url: `http://${plan.address}:${plan.port}`,
    inFlight,
    async ensure() {
      if (await answers()) return;
      if (!(await keeper().isUp())) return start();
      if (await waitUntil(answers, 2000)) return;
      // It serves, but cannot be spoken to: another one listens beside it before it is asked to end.
      const lost = keeper();
      await writeAtomically(generationFile, String(Number(generation()) + 1));
      await start();
      await lost.stop(stopSeconds);
    },
    async apply(servers) {
      const before = readServers(files);
      const commands = haproxyCommands(before, servers);
      // Traffic first: a full disk must not keep a bad version in it.
      const refusal = commands.length === 0 ? null : refusalIn(await askHaproxy(socket(), commands));
      if (refusal)
        throw new AppError('tool.failed', `HAProxy refused a command: ${refusal}`, { hint: commands.join('; ') });
      await writeServers(files, servers);
      await writeConfig(servers);
    },
    async cut(pool) {
      const count = await inFlight(pool);
      const servers = readServers(files).filter((one) => one.pool === pool);
      const commands = servers.map((one) => `shutdown sessions server ${backend}/${serverName(one)}`);
      if (commands.length > 0) await askHaproxy(socket(), commands);
      return count;
    },
    async stop() {
      await keeper().stop(stopSeconds);
      forgetServers(files);
      rmSync(socketFolder, { recursive: true, force: true });
    },
  };
};

const isAnswering = async (socket: string): Promise<boolean> => {
  try {
    return (await askHaproxy(socket, ['show info'])).includes('Uptime_sec');
  } catch {
    return false; // it is not there, or cannot be spoken to: both are what is asked
  }
};

const isOf = (name: string, pool: Pool): boolean => name.startsWith(pool) && /^\d+$/.test(name.slice(pool.length));

const waitUntil = async (check: () => Promise<boolean>, limitMs: number): Promise<boolean> => {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    if (await check()) return true;
    await sleep(25);
  }
  return false;
};
