import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { unusedPort } from '../../src/deploy/ports.ts';
import { runLoad } from '../../src/rollout/load/open-loop-load.ts';

const program = fileURLToPath(new URL('../../test/rollout/service.mjs', import.meta.url));
type Plan = { requests: number; rate: number };
const times = 10;

const start = async (port: number) => {
  const child = spawn(process.execPath, [program], { env: { PORT: String(port) }, stdio: 'ignore' });
  for (let tries = 0; tries < 400; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null);
    if (answer?.ok) return child;
    await sleep(25);
  }
  throw new Error(`nothing listens on ${port}`);
};

const underLoad = async (url: string, { requests, rate }: Plan, act: () => Promise<void>) => {
  const seconds = requests / 5 / rate; // a fifth of the load is enough to see what is lost
  const load = runLoad({ url, body: () => '{}', rate, warmupSeconds: 0, seconds, connections: 64 });
  for (let number = 0; number < times; number++) {
    await sleep((seconds * 1000) / (times + 1));
    await act();
  }
  const result = await load;
  return { times, requests: result.requests, failed: result.errors };
};

/** The version that serves is ended, requests in flight first, and started again on the same port. */
export const plainRestart = async (plan: Plan) => {
  const port = await unusedPort();
  let child = await start(port);
  const result = await underLoad(`http://127.0.0.1:${port}/predict`, plan, async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
    child = await start(port);
  });
  child.kill('SIGKILL');
  return result;
};

/** HAProxy told to read its configuration anew, in place of its runtime socket. */
export const reload = async (plan: Plan) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'specwright-reload-'));
  const [service, port] = [await unusedPort(), await unusedPort()];
  const child = await start(service);
  const [config, pid] = [path.join(folder, 'haproxy.cfg'), path.join(folder, 'pid')];
  const defaults = 'defaults\n mode http\n timeout connect 2s\n timeout client 60s\n timeout server 60s\n';
  writeFileSync(config, `${defaults}listen all\n bind 127.0.0.1:${port}\n server one 127.0.0.1:${service}\n`);
  const run = async (...more: string[]) => {
    await once(spawn('haproxy', ['-D', '-f', config, '-p', pid, ...more], { stdio: 'ignore' }), 'exit');
  };
  await run();
  const result = await underLoad(`http://127.0.0.1:${port}/predict`, plan, () =>
    run('-sf', readFileSync(pid, 'utf8').trim()),
  );
  process.kill(Number(readFileSync(pid, 'utf8')), 'SIGKILL');
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
  return result;
};
