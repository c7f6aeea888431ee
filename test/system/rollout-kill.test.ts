import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { StateName } from '../../src/rollout/release/state.ts';
import { ask, keepAlive, steadyTraffic } from '../rollout/clients.ts';
import { has, makeRig, type Rig, type Version } from '../rollout/rig.ts';
import { packageFolder, specwright } from './command-line.ts';

const router = (await has(['haproxy', '-v'])) ? 'haproxy' : 'builtin';
const agent = keepAlive();
let rig: Rig;
const controllers: ChildProcess[] = [];
afterEach(async () => {
  for (const one of controllers.splice(0)) one.kill('SIGKILL');
  await rig.clear();
});

/** A command in a process of its own, which can be killed outright; the Node that runs it is the pinned one. */
const start = (args: string[]): ChildProcess => {
  const child = spawn(process.execPath, [path.join(packageFolder, 'bin/specwright.js'), ...args], { stdio: 'ignore' });
  controllers.push(child);
  return child;
};

const slowSmoke = [{ path: '/slow?ms=1500' }, { method: 'POST', path: '/predict', expect: { body: { output: 4 } } }];
const steps = [
  { share_percent: 20, seconds: 3 },
  { share_percent: 100, seconds: 1 },
];
const canary = { strategy: 'canary', steps, on_inconclusive: 'promote' };

/** How a version is made to stay in a state long enough to be met there, and what comes of going on. */
const moments: {
  state: StateName;
  version: Version;
  keepsOldBusy?: boolean;
  goesOnTo: '1' | '2';
  abortsTo: '1' | '2';
}[] = [
  { state: 'starting', version: { settings: { READY_AFTER_MS: '1500' } }, goesOnTo: '2', abortsTo: '1' },
  { state: 'checking', version: { smoke: slowSmoke }, goesOnTo: '2', abortsTo: '1' },
  { state: 'shifting', version: { rollout: canary }, goesOnTo: '2', abortsTo: '1' },
  { state: 'watching', version: { rollout: { watch_seconds: 3 } }, goesOnTo: '2', abortsTo: '1' },
  { state: 'retiring', version: {}, keepsOldBusy: true, goesOnTo: '2', abortsTo: '2' },
  {
    state: 'returning',
    version: { rollout: { ...canary, grace_seconds: 3 }, settings: { FAULT: 'ignores-sigterm' } },
    goesOnTo: '1',
    abortsTo: '1',
  },
];

const comeTo = async (state: StateName) => {
  for (let tries = 0; tries < 1500 && rig.state().state !== state; tries++) await sleep(10);
  expect(rig.state().state).toBe(state);
};

/** Kills the controller in a state, under traffic; what the router does then must go on. */
const killIn = async ({ state, version, keepsOldBusy }: (typeof moments)[number]) => {
  rig = await makeRig({ router });
  await rig.deploy('1');
  const load = steadyTraffic(`${rig.url}/predict`, { rate: 100, method: 'POST' });
  const slow = keepsOldBusy ? ask(`${rig.url}/slow?ms=3000`, agent) : null;
  await sleep(300);
  rig.write('2', version);
  const controller = start(['deploy', '--spec', rig.file]);
  if (state === 'returning') {
    await comeTo('shifting');
    start(['abort', '--spec', rig.file]);
  }
  await comeTo(state);
  controller.kill('SIGKILL');
  await once(controller, 'exit');
  for (const one of controllers.splice(0)) one.kill('SIGKILL');
  expect(rig.state().state).toBe(state);
  return { load, slow };
};

describe.each(moments)('a controller that is killed outright while $state', (moment) => {
  test.each(['--resume', 'abort'])('is followed by one that does the rest (%s), and no request fails', async (how) => {
    const { load, slow } = await killIn(moment);
    const began = performance.now();
    const args = how === 'abort' ? ['abort'] : ['deploy', '--resume'];
    const ended = await specwright([...args, '--spec', rig.file, '--json'], { cwd: packageFolder });
    expect(ended.code, ended.all).toBe(how === '--resume' && moment.state === 'returning' ? 3 : 0);
    expect((performance.now() - began) / 1000).toBeLessThan(10);
    const version = how === 'abort' ? moment.abortsTo : moment.goesOnTo;
    expect(rig.state()).toMatchObject({ state: 'idle', live: { version } });
    expect((await load.stop()).failed).toBe(0);
    expect((await ask(`${rig.url}/version`, agent)).text).toContain(`"${version}"`);
    expect((await rig.list()).instances.map((one) => one.version)).toEqual([version]);
    if (slow) expect((await slow).status).toBe(200);
  });
});

describe('a copy of the version that serves', () => {
  test('is killed while its peer is up, and no idempotent request fails', async () => {
    rig = await makeRig({ router });
    await rig.deploy('1', { peers: 2 });
    const load = steadyTraffic(`${rig.url}/version`, { rate: 200 });
    await sleep(300);
    const { state: folder } = rig.home().folders;
    const [one] = (await rig.list()).instances;
    const file = path.join(folder, 'instances', `${one!.name}.json`);
    process.kill(JSON.parse(readFileSync(file, 'utf8')).pid, 'SIGKILL');
    await sleep(1500);
    const totals = await load.stop();
    expect(totals.requests).toBeGreaterThan(250);
    expect(totals.failed).toBe(0);
    expect((await rig.list()).instances.map(({ status }) => status)).toEqual(['running', 'running']);
  });
});

const mayMount = process.getuid?.() === 0 && (await has(['mountpoint', '-q', '/proc']));

describe('a disk', () => {
  test.runIf(mayMount)('that is full stops a deploy with a clear error, and the old version serves on', async () => {
    const small = mkdtempSync(path.join(tmpdir(), 'specwright-small-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
    try {
      rig = await makeRig({ router, within: small });
      await rig.deploy('1');
      const load = steadyTraffic(`${rig.url}/predict`, { rate: 50, method: 'POST' });
      rig.write('2');
      fill(path.join(small, 'ballast'));
      const ended = await specwright(['deploy', '--spec', rig.file], { cwd: packageFolder });
      expect(ended.code, ended.all).toBe(4);
      expect(ended.stderr).toMatch(/error: .*(no space|disk)/i);
      rmSync(path.join(small, 'ballast'));
      expect(await rig.deploy('2')).toMatchObject({ state: 'idle', live: { version: '2' } });
      expect((await load.stop()).failed).toBe(0);
      await rig.clear();
    } finally {
      execFileSync('umount', ['--lazy', small]);
      rmSync(small, { recursive: true, force: true });
    }
    rig = await makeRig({ router }); // what is cleared after the test
    rig.write('1');
  });
});

const fill = (file: string) => {
  try {
    for (;;) writeFileSync(file, Buffer.alloc(4096), { flag: 'a' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
};
