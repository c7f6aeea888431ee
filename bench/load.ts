/**
 * What the load generator can send, against a floor of the same run: `npm run bench:load`. The other side is HAProxy
 * answering by itself on one thread, so that neither Python nor a model counts. wrk is a closed loop on bare sockets.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runLoad } from '../src/rollout/load/open-loop-load.ts';

const body = JSON.stringify({ inputs: [{ island: 'Corra', bill_length_mm: 42.8, body_mass_g: 5034 }] });
const asked = 1500;
const seconds = 10;
const onOneCore = (argv: string[]) => (availableParallelism() > 1 ? ['taskset', '-c', '0', ...argv] : argv);

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const configuration = (port: number) => `global
  nbthread 1
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 5s
frontend answers
  bind 127.0.0.1:${port}
  http-request return status 200 content-type application/json string "{\\"outputs\\":[1]}"
`;

export const loadBench = async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'load-'));
  const port = await freePort();
  const file = path.join(folder, 'haproxy.cfg');
  writeFileSync(file, configuration(port));
  const answering = spawn('/usr/sbin/haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  try {
    await pause(300);
    const url = `http://127.0.0.1:${port}/predict`;
    const wrk = spawnSync('wrk', ['-t1', '-c64', '-d4s', url], { encoding: 'utf8' });
    const before = process.cpuUsage();
    const result = await runLoad({ url, body: () => body, rate: asked, seconds, warmupSeconds: 1, connections: 64 });
    const used = process.cpuUsage(before);
    return {
      asked_rps: asked,
      achieved_rps: Math.round(result.achievedRps),
      errors: result.errors,
      p50_ms: result.latency.p50,
      p99_ms: result.latency.p99,
      cores_used: (used.user + used.system) / 1e6 / (seconds + 1),
      floor_wrk_rps: Math.round(Number(/Requests\/sec:\s+([\d.]+)/.exec(wrk.stdout ?? '')?.[1] ?? Number.NaN)),
    };
  } finally {
    answering.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
};

if (import.meta.main) {
  if (!process.argv.includes('--here')) {
    // The whole generator on one core: that is what is promised.
    const argv = onOneCore([process.execPath, import.meta.filename, '--here']);
    process.exitCode = spawnSync(argv[0]!, argv.slice(1), { stdio: 'inherit' }).status ?? 1;
  } else {
    const found = await loadBench();
    console.log(JSON.stringify(found, null, 2));
    if (found.achieved_rps < 0.99 * asked || found.errors > 0) process.exitCode = 1;
  }
}
