import { setTimeout as sleep } from 'node:timers/promises';
import type { JudgeInput, Judgement } from '../judge/judgement.ts';
import type { Action } from '../release/actions.ts';
import { instancesOf } from '../release/service.ts';
import type { Release } from '../release/state.ts';
import { readRelease } from '../release/store.ts';
import { healthWatch, soonOr } from './health-watch.ts';
import { errorsOf } from './judge-step.ts';
import { judgeAndKeep, lookEvery, looksPerStep, plannedLooks } from './looks.ts';
import { judgeInputOf, openWindow, type Window } from './window.ts';
import { type Performed, recordIfRoom, type Work } from './work.ts';

const tickMs = 50;

/**
 * The new version has all traffic, the old one stays warm. It comes back when copies of the new one fail their probes,
 * when its errors are gross, or when the judge finds more errors than the old one had just before. Latency and
 * predictions are not held against another time of day.
 */
export const watchLive = async (work: Work, action: Watch, signal: AbortSignal): Performed => {
  const window = openWindow(action.live.pool, { now: Date.now(), usual: errorsOf(work) });
  work.onRequest = window.add;
  try {
    return await watch(work, action, { window, signal });
  } finally {
    recordIfRoom(work, 'rollout.step', { share_percent: 100, seconds: window.seconds(), ...window.counts() });
  }
};

type Watch = Extract<Action, { do: 'watch' }>;

const watch = async (
  work: Work,
  { live }: Watch,
  { window, signal }: { window: Window; signal: AbortSignal },
): Performed => {
  const { spec } = readRelease(work.service.folders, live.version);
  const { watch_seconds } = live.plan;
  const health = healthWatch(instancesOf(work.instances, live), { spec, target: work.service.target });
  const every = lookEvery(watch_seconds);
  const planned = plannedLooks(live.plan, spec.rollout);
  let next = every;
  for (let number = planned - looksPerStep + 1; window.seconds() < watch_seconds; ) {
    await sleep(Math.min(tickMs, watch_seconds * 1000), undefined, { signal });
    if (window.gross()) {
      const { canary } = window.counts();
      const failed = `${canary.errors} of ${canary.requests} requests failed after the switch`;
      const ending = await soonOr(health.ending());
      return { event: 'failed', because: ending ? `${failed}; ${ending}` : failed };
    }
    const sick = health.complaint();
    if (sick) return { event: 'failed', because: sick };
    if (window.seconds() < next) continue;
    next += every;
    const breach = await lookAfter(work, live, { window, looks: { planned, this: Math.min(planned, number++) } });
    if (breach) return { event: 'failed', because: breach };
  }
  return { event: 'watched' };
};

/** Why the judge finds more errors than the old version had; null: it does not. */
const lookAfter = async (
  work: Work,
  live: Release,
  { window, looks }: { window: Window; looks: JudgeInput['looks'] },
): Promise<string | null> => {
  const { judge } = readRelease(work.service.folders, live.version).spec.rollout;
  const before = work.before.map((one) => ({ ...one, slot: 'stable' as const, at: judge.warmup_seconds * 1000 }));
  const requests = [...before, ...window.records().filter(({ slot }) => slot === 'canary')];
  const input = judgeInputOf(judge, { requests, looks, predictions: null, missing: [] });
  const failedErrors = (one: Judgement) => errorsCheck(one)?.verdict === 'fail';
  const { judgement, evidence } = await judgeAndKeep(work.service.folders.state, input, failedErrors);
  const check = errorsCheck(judgement);
  const seen = { verdict: check?.verdict ?? 'cannot measure', because: check?.because ?? '', ...window.counts() };
  const look = { share_percent: 100, ...seen, evidence };
  if (failedErrors(judgement)) recordIfRoom(work, 'rollout.look', look);
  else work.journal.append('rollout.look', look);
  work.tell({
    kind: 'look',
    version: live.version,
    share_percent: 100,
    seconds: window.seconds(),
    of_seconds: live.plan.watch_seconds,
    ...seen,
  });
  return failedErrors(judgement) && before.length > 0 ? seen.because : null;
};

const errorsCheck = ({ checks }: Judgement) => checks.find(({ check }) => check === 'errors');
