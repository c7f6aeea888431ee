import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from '../release/actions.ts';
import { instancesOf } from '../release/service.ts';
import { readRelease } from '../release/store.ts';
import { healthWatch } from './health-watch.ts';
import { errorsOf } from './judge-step.ts';
import { judgeAndKeep, lookEvery, plannedLooks } from './looks.ts';
import { judgeInputOf, openWindow } from './window.ts';
import type { Performed, Work } from './work.ts';

const tickMs = 50;

/**
 * The new version has all traffic, the old one stays warm. It comes back when copies of the new one fail their probes,
 * when its errors are gross, or when the judge finds more errors than the old one had just before. Latency and
 * predictions are not held against another time of day.
 */
export const watchLive = async (
  work: Work,
  { live }: Extract<Action, { do: 'watch' }>,
  signal: AbortSignal,
): Performed => {
  const { spec } = readRelease(work.service.folders, live.version);
  const { watch_seconds } = live.plan;
  const window = openWindow(live.pool, { now: Date.now(), usual: errorsOf(work) });
  work.onRequest = window.add;
  const warm = spec.rollout.judge.warmup_seconds * 1000;
  const before = work.before.map((one) => ({ ...one, slot: 'stable' as const, at: warm }));
  const health = healthWatch(instancesOf(work.instances, live), { spec, target: work.service.target });
  const every = lookEvery(watch_seconds);
  const planned = plannedLooks(live.plan, spec.rollout);
  let next = every;
  for (let look = planned - 9; window.seconds() < watch_seconds; ) {
    await sleep(Math.min(tickMs, watch_seconds * 1000), undefined, { signal });
    if (window.gross()) {
      const { canary } = window.counts();
      return { event: 'failed', because: `${canary.errors} of ${canary.requests} requests failed after the switch` };
    }
    const sick = health.complaint();
    if (sick) return { event: 'failed', because: sick };
    if (window.seconds() < next) continue;
    next += every;
    const requests = [...before, ...window.records().filter(({ slot }) => slot === 'canary')];
    const input = judgeInputOf(spec.rollout.judge, {
      requests,
      looks: { planned, this: Math.min(planned, look++) },
      predictions: null,
      missing: [],
    });
    const errors = (checks: { check: string; verdict: string }[]) => checks.find(({ check }) => check === 'errors');
    const { judgement, evidence } = await judgeAndKeep(
      work.service.folders.state,
      input,
      ({ checks }) => errors(checks)?.verdict === 'fail',
    );
    const check = judgement.checks.find((one) => one.check === 'errors');
    const counts = window.counts();
    work.journal.append('rollout.look', { share_percent: 100, ...counts, verdict: check?.verdict ?? null, evidence });
    work.tell({
      kind: 'look',
      version: live.version,
      share_percent: 100,
      seconds: window.seconds(),
      of_seconds: watch_seconds,
      ...counts,
      verdict: check?.verdict ?? 'cannot measure',
      because: check?.because ?? '',
    });
    if (check?.verdict === 'fail' && before.length > 0) return { event: 'failed', because: check.because };
  }
  return { event: 'watched' };
};
