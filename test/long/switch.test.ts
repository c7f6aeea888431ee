import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, keepAlive, steadyTraffic } from '../rollout/clients.ts';
import { buildTestImage, has, makeRig, type Rig } from '../rollout/rig.ts';

const hasHaproxy = await has(['haproxy', '-v']);
const hasImage = await buildTestImage();
const agent = keepAlive();
let one: Rig;
afterEach(() => one.clear());

/** What a contract's drain of 30 s must let through: it begins some seconds after the requests do. */
const seconds = 30;

describe.each([
  { target: 'process', router: 'haproxy', runs: hasHaproxy },
  { target: 'process', router: 'builtin', runs: true },
  { target: 'docker', router: 'haproxy', runs: hasImage },
] as const)('on $target behind $router', ({ target, router, runs }) => {
  test.runIf(runs)(`a request of ${seconds} s and a stream as long live through a switch`, async () => {
    one = await makeRig({ target, router });
    const rollout = { drain_seconds: seconds + 5, grace_seconds: seconds + 5 };
    await one.deploy('1', { rollout });
    const load = steadyTraffic(`${one.url}/predict`, { rate: 100, method: 'POST' });
    const slow = ask(`${one.url}/slow?ms=${seconds * 1000}`, agent);
    const posted = ask(`${one.url}/slow?ms=${seconds * 1000}`, agent, 'POST', '{}');
    const stream = ask(`${one.url}/stream?parts=${seconds * 10}&ms=100`, agent);
    await sleep(500);
    const state = await one.deploy('2', { rollout });
    expect(state).toMatchObject({ state: 'idle', live: { version: '2' } });
    const [got, sent, streamed] = await Promise.all([slow, posted, stream]);
    expect([got, sent]).toEqual([got, sent].map(() => ({ status: 200, text: JSON.stringify({ version: '1' }) })));
    expect(streamed.text.split('\n').filter((line) => line.endsWith(' 1'))).toHaveLength(seconds * 10);
    expect(streamed.text.endsWith('end\n')).toBe(true);
    const totals = await load.stop();
    expect(totals.failed).toBe(0);
    expect(totals.byVersion[2]).toBeGreaterThan(0);
    expect(one.progress.filter(({ kind }) => kind === 'drained')).toMatchObject([{ version: '1', cut: 0 }]);
  });
});
