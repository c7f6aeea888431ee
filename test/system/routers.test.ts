import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serviceSpecSchema } from '../../src/artifacts/service/service-spec.ts';
import { loadConfig } from '../../src/config.ts';
import { unusedPort } from '../../src/deploy/ports.ts';
import { routerOf } from '../../src/deploy/router/open-router.ts';
import { listenToRequests } from '../../src/deploy/router/request-log.ts';
import { type RoutedRequest, type RoutedServer, type Router, weightsFor } from '../../src/deploy/router/router.ts';
import type { RouterPlan } from '../../src/deploy/router/router-files.ts';
import { processTarget } from '../../src/deploy/target/process-target.ts';
import type { Instance, Pool, Target } from '../../src/deploy/target/target.ts';
import { realWorld } from '../../src/world/world.ts';
import { ask, keepAlive, steadyTraffic } from '../rollout/clients.ts';

const config = loadConfig();
const { run } = realWorld(config);
const service = fileURLToPath(new URL('../rollout/service.mjs', import.meta.url));
const kinds: Pick<RouterPlan, 'kind' | 'program'>[] = [
  { kind: 'haproxy', program: 'host' },
  { kind: 'haproxy', program: 'container' },
  { kind: 'builtin', program: null },
];
const has = async (argv: [string, ...string[]]) => (await run(argv, { limitSeconds: 20 })).exitCode === 0;
const available = {
  host: await has(['haproxy', '-v']),
  container: await has(['docker', 'image', 'inspect', 'haproxy:2.6']),
};

describe.each(kinds)('a router ($kind, $program)', ({ kind, program }) => {
  const usable = program === null || available[program];
  // The container holds the same program: what is slow there and cannot differ is tried on the host alone.
  const usableAndOwn = usable && !(program === 'container' && available.host);
  let folder: string;
  let target: Target;
  let router: Router;
  let plan: RouterPlan;
  let agent = keepAlive();

  const start = (version: string, pool: Pool, index = 0, settings: Record<string, string> = {}) =>
    target.start(
      {
        version,
        folder,
        image: null,
        spec: serviceSpecSchema.parse({
          name: 'sample',
          port: 8080,
          run: { argv: [process.execPath, service], folder },
          settings,
        }),
      },
      { pool, index },
    );
  const up = async ({ port }: Instance) => {
    for (let tries = 0; tries < 200; tries++) {
      const answer = await ask(`http://127.0.0.1:${port}/ready`, agent);
      if (answer.status === 200) return;
      await sleep(25);
    }
    throw new Error(`nothing listens on ${port}`);
  };
  const routed = ({ pool, index, port }: Instance, weight: number): RoutedServer => ({ pool, index, port, weight });

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'specwright-router-'));
    target = processTarget(path.join(folder, 'instances'), { environment: config.childEnvironment, secrets: {} });
    plan = { kind, program, address: '127.0.0.1', port: await unusedPort(), logPort: await unusedPort() };
    const files = { folder: path.join(folder, 'router'), name: `specwright-test-${plan.port}` };
    router = routerOf(run, files, { plan, environment: config.childEnvironment });
    agent = keepAlive();
  });
  afterEach(async () => {
    agent.destroy();
    await router.stop();
    for (const instance of await target.list()) await target.stop(instance, 0.1);
    rmSync(folder, { recursive: true, force: true });
  });

  test.runIf(usable)(
    'switches under load without a failed request, logs each, and counts what is in flight',
    async () => {
      const [old, next] = await Promise.all([start('1', 'blue'), start('2', 'green')]);
      await Promise.all([up(old), up(next)]);
      await router.ensure();
      const logged: RoutedRequest[] = [];
      const log = await listenToRequests(plan.logPort, (one) => logged.push(one));
      await router.apply([routed(old, 256)]);
      expect(await ask(`${router.url}/version`, agent)).toMatchObject({ status: 200, text: /"1"/ });
      const load = steadyTraffic(`${router.url}/version`, { rate: 300 });
      await sleep(500);
      const slow = ask(`${router.url}/slow?ms=700`, agent);
      await sleep(100);
      await router.apply([routed(old, 0), routed(next, 256)]);
      expect(await router.inFlight('blue')).toBeGreaterThanOrEqual(1);
      expect((await slow).text).toMatch(/"1"/);
      await sleep(200);
      expect(await router.inFlight('blue')).toBe(0);
      const before = load.totals.byVersion[1];
      await router.apply([routed(next, 256)]);
      await target.stop(old, 5);
      await sleep(300);
      const totals = await load.stop();
      expect(totals.failed).toBe(0);
      expect(totals.byVersion[1]).toBe(before);
      await sleep(200);
      log.close();
      expect(logged.length).toBe(totals.requests + 2);
      expect(logged.filter(({ pool }) => pool === 'green').length).toBe(totals.byVersion[2]);
      expect(Math.max(...logged.map(({ ms }) => ms))).toBeGreaterThanOrEqual(699);
    },
  );

  test.runIf(usableAndOwn)('gives a canary its share within half a point over 2,000 requests', async () => {
    const [old, next] = await Promise.all([start('1', 'blue'), start('2', 'green')]);
    await Promise.all([up(old), up(next)]);
    await router.ensure();
    for (const share of [0.05, 0.25]) {
      const { first, second } = weightsFor(share, { first: 1, second: 1 });
      await router.apply([routed(old, first), routed(next, second)]);
      let canary = 0;
      for (let batch = 0; batch < 100; batch++) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => ask(`${router.url}/version`, agent)));
        canary += answers.filter(({ text }) => text.includes('"2"')).length;
      }
      expect(Math.abs(canary / 2000 - share)).toBeLessThanOrEqual(0.005);
    }
  });

  test.runIf(usableAndOwn)('loses no idempotent request when a server is killed while another is up', async () => {
    const [one, two] = await Promise.all([start('1', 'blue', 0), start('1', 'blue', 1)]);
    await Promise.all([up(one), up(two)]);
    await router.ensure();
    await router.apply([routed(one, 100), routed(two, 100)]);
    const load = steadyTraffic(`${router.url}/version`, { rate: 300 });
    await sleep(500);
    const state = JSON.parse(readFileSync(path.join(folder, 'instances', `${two.name}.json`), 'utf8'));
    process.kill(state.pid, 'SIGKILL');
    await sleep(1500);
    const totals = await load.stop();
    expect(totals.requests).toBeGreaterThan(400);
    expect(totals.failed).toBe(0);
  });

  test.runIf(usable)('comes up again with its servers when it was killed outright', async () => {
    const old = await start('1', 'blue');
    await up(old);
    await router.ensure();
    await router.apply([routed(old, 256)]);
    await ask(`${router.url}/version`, agent);
    await killRouter(path.join(folder, 'router'), plan);
    agent.destroy();
    agent = keepAlive();
    await router.ensure();
    for (let tries = 0; tries < 100; tries++) {
      if ((await ask(`${router.url}/version`, agent)).status === 200) break;
      await sleep(50);
    }
    expect(await ask(`${router.url}/version`, agent)).toMatchObject({ status: 200, text: /"1"/ });
  });

  test.runIf(usableAndOwn)('ends what is in flight when it is told to, and says how much that was', async () => {
    const old = await start('1', 'blue');
    await up(old);
    await router.ensure();
    await router.apply([routed(old, 256)]);
    const slow = ask(`${router.url}/slow?ms=20000`, agent, 'POST', '{}');
    await sleep(300);
    expect(await router.cut('blue')).toBe(1);
    expect((await slow).status).not.toBe(200);
  });
});

const killRouter = async (folder: string, { kind, program, port }: RouterPlan): Promise<void> => {
  if (program === 'container') {
    await run(['docker', 'kill', `specwright-test-${port}-1`], { limitSeconds: 20 });
    return;
  }
  const file = kind === 'builtin' ? 'builtin.json' : 'haproxy-1.json';
  process.kill(JSON.parse(readFileSync(path.join(folder, file), 'utf8')).pid, 'SIGKILL');
};
