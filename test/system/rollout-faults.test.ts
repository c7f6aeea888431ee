import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { unusedPort } from '../../src/deploy/ports.ts';
import { openCage } from '../../src/deploy/process-limits.ts';
import { troubleshoot } from '../../src/operations/watching/troubleshoot.ts';
import { judgeInput } from '../../src/rollout/judge/judgement.ts';
import { ask, keepAlive, steadyTraffic } from '../rollout/clients.ts';
import { buildTestImage, has, makeRig, type Rig, world } from '../rollout/rig.ts';

const program = fileURLToPath(new URL('../rollout/service.mjs', import.meta.url));
const agent = keepAlive();
const rigs: Rig[] = [];
const rig = async (...chosen: Parameters<typeof makeRig>): Promise<Rig> => {
  const made = await makeRig(...chosen);
  rigs.push(made);
  return made;
};
afterEach(async () => {
  for (const one of rigs.splice(0)) await one.clear();
});
const until = async (check: () => boolean | Promise<boolean>, limitMs = 15_000) => {
  for (const end = performance.now() + limitMs; performance.now() < end; await sleep(20)) if (await check()) return;
  throw new Error('it did not come to that');
};
const live = (version: string) => ({ state: 'idle', live: { version }, last: { version, outcome: 'live' } });
const refused = (because: RegExp) => ({
  state: 'idle',
  live: { version: '1' },
  last: { version: '2', outcome: 'rolled back', because: expect.stringMatching(because) },
});

const probe = openCage(`probe-${process.pid}`, { memoryMb: 50, cpus: null });
probe.remove();
const hasGroups = probe.enforced.memory?.startsWith('cgroup') ?? false;
/** Whether the engine holds a limit of memory: some nested ones take it and do not. */
const engineHolds =
  (await buildTestImage()) &&
  spawnSync('docker', [
    'run', '--rm', '--memory', '40m', '--memory-swap', '40m', 'specwright-test-service:1',
    'node', '-e', 'const a = []; for (let i = 0; i < 20; i++) a.push(Buffer.alloc(2e7, 1))',
  ]).status === 137; // biome-ignore format: an argv

describe('a version that uses more memory than its spec allows', () => {
  test.runIf(hasGroups)('is killed by the kernel, named by rollout and doctor, and the old one serves on', async () => {
    const one = await rig({ router: 'builtin' });
    const spec = { resources: { memory_mb: 150, cpus: 1 } };
    await one.deploy('1', { spec });
    const before = (await one.list()).instances;
    const load = steadyTraffic(`${one.url}/predict`, { rate: 50, method: 'POST' });
    const state = await one.deploy('2', { spec, settings: { FAULT: 'hog' }, rollout: { watch_seconds: 20 } });
    expect(state).toMatchObject(refused(/out of memory, more than 150 MB/));
    const totals = await load.stop();
    expect(totals.byVersion[1]).toBeGreaterThan(0);
    expect((await one.list()).instances).toEqual(before);
    expect(before[0]).toMatchObject({ limits: { memory: expect.stringMatching(/^cgroup v[12]$/) }, ended: null });
    expect(await troubleshoot(world, { spec: one.file })).toContainEqual(
      expect.objectContaining({
        what: 'last rollout',
        ok: false,
        found: expect.stringContaining('out of memory'),
        next: expect.stringContaining('memory_mb'),
      }),
    );
  });

  test.runIf(hasGroups)('is started again when it serves alone, and doctor says why it ended', async () => {
    const one = await rig({ router: 'builtin' });
    await one.deploy('1', { spec: { resources: { memory_mb: 150 } } });
    await ask(`${one.url}/hog`, agent);
    await until(async () => (await one.list()).instances[0]?.starts === 2);
    expect(await troubleshoot(world, { spec: one.file })).toContainEqual(
      expect.objectContaining({
        what: 'process',
        ok: false,
        found: expect.stringMatching(/sample-1-blue-0 ended by itself: out of memory, more than 150 MB/),
        next: expect.stringContaining('memory_mb'),
      }),
    );
    await until(async () => (await ask(`${one.url}/predict`, agent, 'POST')).status === 200);
  });

  test.runIf(engineHolds)('as a container likewise', async () => {
    const one = await rig({ target: 'docker', router: 'builtin' });
    const spec = { resources: { memory_mb: 100 } };
    await one.deploy('1', { spec });
    const load = steadyTraffic(`${one.url}/version`, { rate: 50 });
    const state = await one.deploy('2', { spec, settings: { FAULT: 'hog' }, rollout: { watch_seconds: 20 } });
    await load.stop();
    expect(state).toMatchObject(refused(/out of memory, more than 100 MB/));
    expect(await troubleshoot(world, { spec: one.file })).toContainEqual(
      expect.objectContaining({ what: 'last rollout', found: expect.stringContaining('out of memory') }),
    );
    await ask(`${one.url}/hog`, agent);
    await until(async () => (await one.list()).instances[0]?.ended?.startsWith('out of memory') ?? false);
    expect(await troubleshoot(world, { spec: one.file })).toContainEqual(
      expect.objectContaining({ what: 'container', ok: false, found: expect.stringContaining('out of memory') }),
    );
  });

  const mayHide = spawnSync('unshare', ['--mount', 'true']).status === 0;
  test.runIf(mayHide)('is ended by its supervisor where no control group can be written', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'specwright-watched-'));
    const file = (name: string) => path.join(folder, name);
    const port = await unusedPort();
    const plan = {
      argv: [process.execPath, program],
      cwd: folder,
      env: { ...process.env, PORT: String(port) },
      log: file('service.log'),
      state: file('service.json'),
      graceSeconds: 1,
      limits: { memoryMb: 200, cpus: 1 },
      service: {},
    };
    writeFileSync(file('plan.json'), JSON.stringify(plan));
    const supervisor = fileURLToPath(new URL('../../src/deploy/supervisor.ts', import.meta.url));
    const hidden = 'mount -t tmpfs -o ro none /sys/fs/cgroup && exec "$@"';
    const child = spawn('unshare', [
      '--mount',
      'sh',
      '-c',
      hidden,
      'sh',
      process.execPath,
      supervisor,
      file('plan.json'),
    ]);
    const state = () => {
      try {
        return JSON.parse(readFileSync(plan.state, 'utf8'));
      } catch {
        return null; // not written yet
      }
    };
    try {
      await until(async () => (await ask(`http://127.0.0.1:${port}/ready`, agent)).status === 200);
      expect(state()).toMatchObject({ ended: null, limits: { memory: 'watched', cpus: 'not enforced' } });
      await ask(`http://127.0.0.1:${port}/hog`, agent);
      await until(() => state()?.starts === 2);
      expect(state().ended).toBe('out of memory, more than 200 MB');
      expect(readFileSync(plan.log, 'utf8')).toContain('service ended: out of memory');
    } finally {
      child.kill('SIGTERM');
      await until(() => state() === null);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const steps = [
  { share_percent: 50, seconds: 2 },
  { share_percent: 100, seconds: 0.5 },
];
// 59 clean requests prove at most 5 % failures.
const judge = { warmup_seconds: 0, error_rate: 0.05 };

test('a version that leaks is sent back when it breaks the promise of memory', async () => {
  const one = await rig({ router: 'builtin' });
  const memory = { requirement: 'REQ-007', subject: 'memory', op: '<=', value: 250, unit: 'MB' };
  await one.deploy('1', { spec: { slas: [memory] } });
  const load = steadyTraffic(`${one.url}/predict`, { rate: 100, method: 'POST' });
  const long = [
    { share_percent: 50, seconds: 60 },
    { share_percent: 100, seconds: 1 },
  ];
  const state = await one.deploy('2', {
    spec: { slas: [memory] },
    settings: { FAULT: 'leak' },
    rollout: { strategy: 'canary', steps: long, judge },
  });
  expect(state).toMatchObject(refused(/sample-2-green-0 uses \d+ MB of memory, REQ-007 allows 250 MB/));
  expect((await load.stop()).failed).toBe(0);
});

describe('the metrics of a canary', () => {
  const canary = async (fault: string) => {
    const one = await rig({ router: 'builtin' });
    await one.deploy('1');
    const load = steadyTraffic(`${one.url}/predict`, { rate: 150, method: 'POST' });
    const state = await one.deploy('2', {
      settings: { FAULT: fault },
      rollout: { strategy: 'canary', steps, extend_to: 4, judge },
    });
    expect((await load.stop()).failed).toBe(0);
    const looks = one
      .journal()
      .filter(({ kind, data }) => kind === 'rollout.look' && typeof data.evidence === 'string');
    const inputs = looks.map(({ data }) => {
      const file = path.join(one.home().folders.state, 'looks', `${data.evidence}.json`);
      return judgeInput.parse(JSON.parse(readFileSync(file, 'utf8')));
    });
    return { state, inputs };
  };

  test('that are set to zero in between give no negative count and no false verdict', async () => {
    const { state, inputs } = await canary('forgets');
    expect(state).toMatchObject(live('2'));
    const { predictions, requests } = inputs.find(({ predictions: told }) => told !== null)!;
    const { even = 0, odd = 0 } = predictions!.canary;
    const asked = requests.filter(({ slot }) => slot === 'canary').length;
    // Those between a reading and the moment of forgetting are lost; the mix is as it was.
    expect(even + odd).toBeGreaterThan(asked * 0.5);
    expect(Math.abs(even - odd)).toBeLessThan(asked * 0.2);
  });

  test('that are no numbers count for nothing', async () => {
    const { state, inputs } = await canary('nan-metrics');
    expect(state).toMatchObject(live('2'));
    expect(inputs.every(({ predictions }) => predictions === null)).toBe(true);
  });
});

const mayMount = process.getuid?.() === 0 && (await has(['mountpoint', '-q', '/proc']));

describe.runIf(mayMount)('a disk that becomes full in the middle of a shift', () => {
  const onSmallDisk = async (work: (one: Rig, ballast: string) => Promise<void>) => {
    const small = mkdtempSync(path.join(tmpdir(), 'specwright-small-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', small]);
    try {
      const one = await makeRig({ router: 'builtin', within: small });
      await work(one, path.join(small, 'ballast'));
      await one.clear();
    } finally {
      execFileSync('umount', ['--lazy', small]);
      rmSync(small, { recursive: true, force: true });
    }
  };
  const fill = (file: string) => {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(4096), { flag: 'a' });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  };
  const slow = [
    { share_percent: 50, seconds: 2 },
    { share_percent: 100, seconds: 0.5 },
  ];

  test('stops the command with its share as it is, and it goes on when there is room again', () =>
    onSmallDisk(async (one, ballast) => {
      await one.deploy('1');
      const load = steadyTraffic(`${one.url}/predict`, { rate: 100, method: 'POST' });
      const rollout = { strategy: 'canary', steps: slow, extend_to: 4, judge };
      const deploying = one.deploy('2', { rollout });
      const ended = expect(deploying).rejects.toMatchObject({ code: 'ENOSPC' });
      await until(() => (load.totals.byVersion[2] ?? 0) > 2);
      fill(ballast);
      await ended;
      expect(one.state().state).toBe('shifting');
      const served = { ...load.totals.byVersion };
      await sleep(500);
      for (const version of ['1', '2']) expect(load.totals.byVersion[version]).toBeGreaterThan(served[version] ?? 0);
      rmSync(ballast);
      expect((await one.steer('resume')).state).toMatchObject(live('2'));
      expect((await load.stop()).failed).toBe(0);
      expect(one.journal().length).toBeGreaterThan(5); // which reads the whole chain
    }));

  test('still takes a bad version out of the traffic', () =>
    onSmallDisk(async (one, ballast) => {
      await one.deploy('1');
      const load = steadyTraffic(`${one.url}/predict`, { rate: 100, method: 'POST' });
      // Nothing is written before the errors come: looks are far apart.
      const rollout = { strategy: 'canary', steps: [{ share_percent: 50, seconds: 600 }, slow[1]!], judge };
      const deploying = one.deploy('2', { settings: { FAULT: 'errors-30' }, rollout });
      const ended = expect(deploying).rejects.toMatchObject({ code: 'ENOSPC' });
      await until(() => (load.totals.byVersion[2] ?? 0) > 2);
      fill(ballast);
      await ended;
      await sleep(200);
      const { failed } = load.totals;
      await sleep(500);
      expect((await load.stop()).failed).toBe(failed);
      rmSync(ballast);
      expect((await one.steer('abort')).state).toMatchObject({ state: 'idle', live: { version: '1' } });
      expect(one.journal().at(-1)).toMatchObject({ kind: 'rollout.state' });
    }));
});
