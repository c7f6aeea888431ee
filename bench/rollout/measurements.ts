import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runLoad } from '../../src/rollout/load/open-loop-load.ts';
import type { StateName } from '../../src/rollout/release/state.ts';
import { steadyTraffic } from '../../test/rollout/clients.ts';
import { makeRig, type Rig, type Version } from '../../test/rollout/rig.ts';

type RouterKind = 'haproxy' | 'builtin';

const program = fileURLToPath(new URL('../../bin/specwright.js', import.meta.url));
const connections = 64;

export const withRig = async <Result>(router: RouterKind, work: (rig: Rig) => Promise<Result>): Promise<Result> => {
  const rig = await makeRig({ router });
  try {
    return await work(rig);
  } finally {
    await rig.clear();
  }
};

/** Ten switches one after another, spread over the whole load. */
export const switches = (router: RouterKind, { requests, rate }: { requests: number; rate: number }) =>
  withRig(router, async (rig) => {
    await rig.deploy('1');
    const seconds = requests / rate;
    const load = runLoad({ url: `${rig.url}/predict`, body: () => '{}', rate, warmupSeconds: 0, seconds, connections });
    const began = performance.now();
    for (let number = 1; number <= 10; number++) {
      const due = began + ((number - 0.5) * seconds * 1000) / 10;
      await sleep(Math.max(0, due - performance.now()));
      await rig.deploy(String(number + 1));
    }
    const inside = performance.now() - began < seconds * 1000;
    const result = await load;
    return {
      switches: 10,
      within_load: inside,
      requests: result.requests,
      failed: result.errors,
      rate,
      p99_ms: round(result.latency.p99),
    };
  });

const canary = (steps: { share_percent: number; seconds: number }[], more: object = {}): Version => ({
  rollout: { strategy: 'canary', steps, on_inconclusive: 'promote', ...more },
});

/** Asked and reached share, in percent, over at least 2,000 requests each. */
export const shares = (router: RouterKind, rate: number) =>
  withRig(router, async (rig) => {
    await rig.deploy('1');
    const load = steadyTraffic(`${rig.url}/predict`, { rate, method: 'POST' });
    const seconds = 2200 / rate;
    const steps = [5, 25].map((share_percent) => ({ share_percent, seconds }));
    await rig.deploy('2', canary([...steps, { share_percent: 100, seconds: 0.3 }], { extend_to: 1 }));
    const { failed } = await load.stop();
    const reached = rig
      .journal()
      .filter(({ kind, data }) => kind === 'rollout.step' && Number(data.share_percent) < 100)
      .map(({ data }) => {
        const { share_percent: asked, stable, canary: own } = data as unknown as StepEntry;
        const all = own.requests + stable.requests;
        return { asked, reached: round((100 * own.requests) / all), requests: all };
      });
    return {
      steps: reached,
      off_by_points: round(Math.max(...reached.map((one) => Math.abs(one.reached - one.asked)))),
      failed,
    };
  });

type StepEntry = { share_percent: number; stable: { requests: number }; canary: { requests: number } };

const timeOf = (rig: Rig, state: StateName): number =>
  Date.parse(rig.journal().findLast(({ kind, data }) => kind === 'rollout.state' && data.state === state)?.time ?? '');

/** A canary of 5 % that fails three of ten requests. */
export const grossFault = (router: RouterKind) =>
  withRig(router, async (rig) => {
    await rig.deploy('1');
    const load = steadyTraffic(`${rig.url}/predict`, { rate: 100, method: 'POST' });
    const version = canary([
      { share_percent: 5, seconds: 60 },
      { share_percent: 100, seconds: 1 },
    ]);
    const state = await rig.deploy('2', { ...version, settings: { FAULT: 'errors-30' } });
    const decided = timeOf(rig, 'returning');
    await sleep(500);
    const totals = await load.stop();
    return {
      rolled_back: state.state === 'idle' && state.last?.outcome === 'rolled back',
      decided_s: round((decided - timeOf(rig, 'shifting')) / 1000),
      last_canary_request_after_ms: (totals.lastSent[2] ?? 0) - decided,
      canary_requests: totals.byVersion[2] ?? 0,
    };
  });

/** SIGKILL of the controller in a state; seconds until the next command has brought the service to rest. */
export const killedController = async (router: RouterKind) => {
  const recovered: { state: string; how: string; seconds: number; failed: number }[] = [];
  for (const [state, version] of [
    [
      'shifting',
      canary([
        { share_percent: 20, seconds: 20 },
        { share_percent: 100, seconds: 1 },
      ]),
    ],
    ['watching', { rollout: { watch_seconds: 20 } }],
  ] as const) {
    const one = await withRig(router, async (rig) => {
      await rig.deploy('1');
      const load = steadyTraffic(`${rig.url}/predict`, { rate: 200, method: 'POST' });
      rig.write('2', version);
      const controller = spawn(process.execPath, [program, 'deploy', '--spec', rig.file], { stdio: 'ignore' });
      while (rig.state().state !== state) await sleep(10);
      await sleep(300);
      controller.kill('SIGKILL');
      await once(controller, 'exit');
      await sleep(500);
      const began = performance.now();
      await rig.steer('abort');
      const seconds = round((performance.now() - began) / 1000);
      return { state, how: 'abort', seconds, failed: (await load.stop()).failed };
    });
    recovered.push(one);
  }
  return {
    recovered,
    longest_s: Math.max(...recovered.map(({ seconds }) => seconds)),
    failed: recovered.reduce((sum, one) => sum + one.failed, 0),
  };
};

/** One of two peers killed three times; idempotent requests only. */
export const killedInstance = (router: RouterKind, rate: number) =>
  withRig(router, async (rig) => {
    await rig.deploy('1', { peers: 2 });
    const load = steadyTraffic(`${rig.url}/version`, { rate });
    for (let kill = 0; kill < 3; kill++) {
      await sleep(2000);
      const instance = (await rig.list()).instances[kill % 2]!;
      const file = path.join(rig.home().folders.state, 'instances', `${instance.name}.json`);
      process.kill(JSON.parse(readFileSync(file, 'utf8')).pid, 'SIGKILL');
    }
    await sleep((6000 / rate) * 1000 - 6000 > 0 ? (6000 / rate) * 1000 - 6000 : 2000);
    const { requests, failed } = await load.stop();
    return { kills: 3, requests, failed };
  });

/** Warm: while the old version is still up; kept: it has to be started from what was kept. */
export const rollbacks = (router: RouterKind) =>
  withRig(router, async (rig) => {
    await rig.deploy('1');
    const deploying = rig.deploy('2', { rollout: { watch_seconds: 60 } });
    while (rig.state().state !== 'watching') await sleep(10);
    const warm = await timed(() => rig.rollBack());
    await deploying;
    await rig.deploy('3');
    return { warm_s: warm, kept_s: await timed(() => rig.rollBack('1')) };
  });

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return round((performance.now() - began) / 1000);
};

export const round = (value: number): number => Number(value.toFixed(3));
