import { setTimeout as sleep } from 'node:timers/promises';
import type { Judgement, Slot } from '../judge/judgement.ts';
import type { Action } from '../release/actions.ts';
import { instancesOf } from '../release/service.ts';
import type { Observation, Release } from '../release/state.ts';
import { readRelease } from '../release/store.ts';
import { healthWatch, soonOr } from './health-watch.ts';
import { forgetWindow, type KeptWindow, keepWindow, readWindow } from './kept-window.ts';
import { becauseOf, judgeAndKeep, lookEvery, looksBefore, plannedLooks } from './looks.ts';
import { outlook } from './outlook.ts';
import { countPredictions, type Predictions } from './scrape.ts';
import { judgeInputOf, openWindow, type Window } from './window.ts';
import { type Performed, recordIfRoom, type Work } from './work.ts';

const tickMs = 50;

type Step = Extract<Action, { do: 'judge' }>;

/** Judges the new version against the old one over the time of a step, longer where that is not enough. */
export const judgeStep = async (work: Work, action: Step, signal: AbortSignal): Performed => {
  const { canary, stable, step } = action;
  const folder = work.service.folders.state;
  const of = { step, canary: canary.version, stable: stable.version };
  const carried = readWindow(folder, of);
  const window = openWindow(canary.pool, { now: Date.now(), usual: errorsOf(work), carried });
  work.onRequest = window.add;
  const look = await lookAt(work, action, { window, carried });
  let seen: Observation | null = null;
  try {
    seen = await watchStep(work, action, { window, look: look.take, carried, signal });
    return seen;
  } finally {
    work.before = window.records().filter(({ slot }) => slot === 'stable');
    const { share_percent } = canary.plan.steps[step]!;
    recordIfRoom(work, 'rollout.step', { step, share_percent, seconds: window.seconds(), ...window.counts() });
    if (seen?.event === 'passed' || seen?.event === 'failed') forgetWindow(folder);
    else {
      const resumed = (carried?.resumed ?? 0) + 1;
      const { seconds, records } = window;
      const kept = { ...of, seconds: seconds(), resumed, requests: records(), predictions: look.predictions() };
      await keepWindow(folder, kept);
    }
  }
};

type Watched = { window: Window; look: Look; carried: KeptWindow | null; signal: AbortSignal };

const watchStep = async (work: Work, action: Step, { window, look, carried, signal }: Watched): Performed => {
  const { canary, step } = action;
  const { spec } = readRelease(work.service.folders, canary.version);
  const { seconds } = canary.plan.steps[step]!;
  const health = healthWatch(instancesOf(work.instances, canary), { spec, target: work.service.target });
  // Who goes on looks more often than was planned: each time at half of the level, so that the sum stays bounded.
  const planned = plannedLooks(canary.plan, spec.rollout) * 2 ** (carried?.resumed ?? 0);
  const every = lookEvery(seconds);
  const begun = carried?.seconds ?? 0;
  const whole = seconds * spec.rollout.extend_to;
  // A step whose time was over when it was held gets that time once more.
  const longest = begun >= whole - every / 2 ? begun + whole : whole;
  let next = begun + every;
  for (let number = looksBefore(canary.plan, step, spec.rollout) + 1; ; number++) {
    while (window.seconds() < next) {
      await sleep(tickMs, undefined, { signal });
      if (window.gross()) return grossFault(work, window, await soonOr(health.ending()));
      const sick = health.complaint();
      if (sick) return { event: 'failed', because: sick };
    }
    next += every;
    const over = window.seconds() >= seconds - every / 2;
    const { verdict, because } = await look({ number, planned, ending: over, longest });
    const end = endOf(verdict, because, { over, exhausted: window.seconds() >= longest - every / 2 });
    if (end) return end;
  }
};

/** What a verdict means at this moment; null: it goes on. A bad version is not kept until its time is over. */
const endOf = (
  verdict: string,
  because: string,
  { over, exhausted }: { over: boolean; exhausted: boolean },
): Observation | null => {
  if (verdict === 'fail') return { event: 'failed', because };
  if (verdict === 'pass' && over) return { event: 'passed' };
  if (!exhausted) return null;
  return { event: verdict === 'cannot measure' ? 'no data' : 'inconclusive', because };
};

const grossFault = (work: Work, window: Window, ending: string | null): Observation => {
  const { canary } = window.counts();
  recordIfRoom(work, 'rollout.gross-fault', { ...canary, seconds: window.seconds() });
  return {
    event: 'failed',
    because: `${canary.errors} of ${canary.requests} requests failed on the new version within ${window.seconds().toFixed(1)} s${ending ? `; ${ending}` : ''}`,
  };
};

type Look = (at: {
  number: number;
  planned: number;
  ending: boolean;
  longest: number;
}) => Promise<{ verdict: Judgement['verdict']; because: string }>;

const lookAt = async (
  work: Work,
  { canary, stable, step }: Step,
  { window, carried }: Pick<Watched, 'window' | 'carried'>,
): Promise<{ take: Look; predictions: () => Record<Slot, Predictions> }> => {
  const { spec } = readRelease(work.service.folders, canary.version);
  const { share_percent, seconds } = canary.plan.steps[step]!;
  const counter = (release: Release, slot: Slot) =>
    countPredictions(instancesOf(work.instances, release), spec.metrics, carried?.predictions[slot]);
  const counters = { canary: counter(canary, 'canary'), stable: counter(stable, 'stable') };
  const both = async () => {
    const [ofCanary, ofStable] = await Promise.all([counters.canary(), counters.stable()]);
    return { canary: ofCanary, stable: ofStable };
  };
  let latest = await both();
  const predictionsOf = () => ({ stable: latest.stable.predictions, canary: latest.canary.predictions });
  const take: Look = async (at) => {
    latest = await both();
    const { canary: shown, stable: shownByStable } = latest;
    const predictions = predictionsOf();
    const told = Object.keys(predictions.canary).length > 0 && Object.keys(predictions.stable).length > 0;
    const input = judgeInputOf(spec.rollout.judge, {
      requests: window.records(),
      looks: { planned: at.planned, this: Math.min(at.number, at.planned) },
      predictions: told ? predictions : null,
      missing: spec.rollout.judge.metrics.filter((name) => !shown.names.has(name) && !shownByStable.names.has(name)),
    });
    const { judgement, evidence } = await judgeAndKeep(
      work.service.folders.state,
      input,
      ({ verdict }) => at.ending || verdict === 'fail',
    );
    const { verdict } = judgement;
    const requests = window.counts();
    const patience = outlook(judgement, {
      requests: requests.canary.requests,
      seconds: window.seconds(),
      longest: at.longest,
      finally: canary.plan.on_inconclusive,
    });
    const because = [becauseOf(judgement), ...(patience ? [patience] : [])].join('; ');
    const of = { canary: canary.version, stable: stable.version };
    const seen = { step, share_percent, ...requests, verdict, because, evidence, of };
    if (verdict === 'fail') recordIfRoom(work, 'rollout.look', seen);
    else work.journal.append('rollout.look', seen);
    const { version } = canary;
    const lasts = { seconds: window.seconds(), of_seconds: seconds };
    work.tell({ kind: 'look', version, share_percent, ...lasts, ...requests, verdict, because });
    return { verdict, because };
  };
  return { take, predictions: predictionsOf };
};

export const errorsOf = ({ before }: Work): { requests: number; errors: number } => ({
  requests: before.length,
  errors: before.filter(({ status }) => status === 0 || status >= 500).length,
});
