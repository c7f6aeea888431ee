import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { troubleshoot } from '../../src/operations/watching/troubleshoot.ts';
import { realWorld } from '../../src/world/world.ts';

const world = realWorld(loadConfig());
const folder = mkdtempSync(path.join(tmpdir(), 'troubleshoot-'));
const image = 'python:3.11-slim';
const docker = (...args: string[]) => spawnSync('docker', args, { encoding: 'utf8' });
const hasImage = docker('image', 'inspect', image).status === 0;
const names: string[] = [];
let server: Server | undefined;

const listen = async (listener: RequestListener): Promise<number> => {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};
const specFile = (changes: object): string => {
  const file = path.join(folder, 'service.yaml');
  writeFileSync(file, stringify({ name: 'tried', port: 8080, run: { argv: ['node'] }, ...changes }));
  return file;
};

afterEach(() => server?.close());
afterAll(() => {
  if (names.length > 0) docker('rm', '--force', ...names);
  rmSync(folder, { recursive: true, force: true });
});

test('names the process that has taken the port', async () => {
  const port = await listen((_, response) => response.end());
  const findings = await troubleshoot(world, { spec: specFile({ listen: { port } }) });
  expect(findings).toContainEqual(
    expect.objectContaining({ what: 'port', ok: false, found: expect.stringContaining(`process ${process.pid} `) }),
  );
});

test('says that a port is free, and that the disk has room', async () => {
  const port = await listen((_, response) => response.end());
  server?.close();
  const findings = await troubleshoot(world, { spec: specFile({ listen: { port } }) });
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(findings).toContainEqual(expect.objectContaining({ what: 'port', found: `${port} is free` }));
});

/** Nested engines take a limit of memory and do not hold it; what the kernel does then is done by hand here. */
test.runIf(hasImage)('finds a container that was killed, as one is that runs out of memory', async () => {
  const name = `tried-${process.pid}-killed`;
  names.push(name);
  docker('run', '--name', name, image, 'sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?');
  const spec = specFile({ name: `tried-${process.pid}`, run: undefined, image });
  expect(await troubleshoot(world, { spec })).toContainEqual(
    expect.objectContaining({ what: 'container', ok: false, next: expect.stringContaining('memory_mb') }),
  );
});

test.runIf(hasImage)('finds a container that ended with an error', async () => {
  const name = `ended-${process.pid}-one`;
  names.push(name);
  docker('run', '--name', name, image, 'python', '-c', 'raise SystemExit(7)');
  const findings = await troubleshoot(world, {
    spec: specFile({ name: `ended-${process.pid}`, run: undefined, image }),
  });
  expect(findings).toContainEqual(expect.objectContaining({ what: 'container', found: `${name} ended with 7` }));
});
