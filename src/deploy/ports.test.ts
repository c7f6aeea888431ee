import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, holdFreePort, unusedPort } from './ports.ts';

test('what is held is chosen by nobody else, here or in another program, until it is released', async () => {
  const wanted = await unusedPort();
  const [first, second] = await Promise.all([holdFreePort(wanted), holdFreePort(wanted)]);
  expect(first.port).not.toBe(second.port);
  const other = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { freePort } from ${JSON.stringify(new URL('./ports.ts', import.meta.url).href)};
    process.stdout.write(String(await freePort(${wanted})));`,
  ]);
  const [chosen] = (await once(other.stdout, 'data')) as [Buffer];
  expect([first.port, second.port]).not.toContain(Number(String(chosen)));
  for (const { release } of [first, second]) release();
  expect(await freePort(wanted)).toBe(Math.min(first.port, second.port));
});

test('a port that something listens on is passed over', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  expect(await freePort(address.port)).toBeGreaterThan(address.port);
  server.close();
});
