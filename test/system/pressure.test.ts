import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { startCeoagent } from '../../src/http/ceoagent/start.ts';
import { createDoor } from '../../src/http/serve/app.ts';
import { realWorld } from '../../src/world/world.ts';
import { emptyFolder, packageFolder } from './command-line.ts';

const config = loadConfig();
const folder = emptyFolder();
let stop: (() => Promise<unknown>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Nothing of this process gets its turn; the guard looks twice a second. */
const hold = async (milliseconds: number): Promise<void> => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) Math.sqrt(end);
  await new Promise((resolve) => setTimeout(resolve, 1));
};
/** Holds everything up until a request is refused; the doors are asked in between. */
const refusedOne = async (ask: () => Promise<Response>): Promise<Response | null> => {
  for (let tries = 0; tries < 20; tries++) {
    await hold(700);
    const reply = await ask();
    if (reply.status === 503) return reply;
    await reply.arrayBuffer();
  }
  return null;
};

test('CEOAgent refuses an analysis with 503 and Retry-After while everything waits, but not /health', async () => {
  const service = await startCeoagent({
    variables: { PORT: '0', DATA_DIR: folder, MAX_WAIT_MS: '50' },
    models: { variables: {}, keyFile: '/none' },
    packageFolder,
  });
  stop = service.stop;
  const ask = () =>
    fetch(`${service.url}/api/v1/analyze`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"Shall we?"}',
    });
  expect((await ask()).status).toBe(200);
  const refused = await refusedOne(ask);
  expect(refused?.headers.get('retry-after')).toBe('5');
  expect(await refused?.json()).toMatchObject({
    success: false,
    error: { code: 'OVERLOADED', message: expect.stringMatching(/ask again/) },
  });
  await hold(700);
  expect((await fetch(`${service.url}/health`)).status).toBe(200);
  expect((await fetch(`${service.url}/metrics`)).status).toBe(200);
});

test('specwright serve does the same', async () => {
  const app = await createDoor(
    { config, world: realWorld(config), folder: path.join(folder, 'projects') },
    { secret: null, rateLimit: 0, atOnce: 1, mostDataBytes: 1e6, log: false, longestWaitMs: 50 },
  );
  stop = () => app.close();
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  expect((await fetch(`${url}/api/v1/projects`)).status).toBe(200);
  const refused = await refusedOne(() => fetch(`${url}/api/v1/projects`));
  expect(refused?.headers.get('retry-after')).toBe('5');
  expect(await refused?.json()).toMatchObject({ error: { code: 'overloaded', hint: 'Ask again in a few seconds.' } });
  await hold(700);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});
