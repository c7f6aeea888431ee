import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from '../release/actions.ts';
import { instancesOf } from '../release/service.ts';
import type { Observation } from '../release/state.ts';
import { readRelease } from '../release/store.ts';
import { healthWatch, soonOr } from './health-watch.ts';
import { becauseOf, judgeAndKeep, lookEvery, looksBefore, plannedLooks } from './looks.ts';
import { countPredictions } from './scrape.ts';
import { judgeInputOf, openWindow, type Window } from './window.ts';
import { type Performed, recordIfRoom, type Work } from './work.ts';

const tickMs = 50;

type Step = Extract<Action, { do: 'judge' }>;

/** Judges the new version against the old one over the time of a step, longer where that is not enough. */
export const judgeStep = async (work: Work, action: Step, signal: AbortSignal): Performed => {
  const { canary, step } = action;
  const window = openWindow(canary.pool, { now: Date.now(), usual: errorsOf(work) });
  work.onRequest = window.add;
  try {
    return await watchStep(work, action, { window, signal });
  } finally {
    work.before = window.records().filter(({ slot }) => slot === 'stable');
    const { share_percent } = canary.plan.steps[step]!;
    recordIfRoom(work, 'rollout.step', { step, share_percent, seconds: window.seconds(), ...window.counts() });
  }
};

const watchStep = async (
  work: Work,
  action: Step,
  { window, signal }: { window: Window; signal: AbortSignal },
): Performed => {
  const { canary, stable, step } = action;
  const { spec } = readRelease(work.service.folders, canary.version);
  const { seconds } = canary.plan.steps[step]!;
  const look = await lookAt(work, action, window);
  const health = healthWatch(instancesOf(work.instances, canary), { spec, target: work.service.target });
  const planned = plannedLooks(canary.plan, spec.rollout);
  const every = lookEvery(seconds);
  const longest = seconds * spec.rollout.extend_to;
  let next = every;
  for (let number = looksBefore(canary.plan, step, spec.rollout) + 1; ; number++) {
    while (window.seconds() < next) {
      await sleep(tickMs, undefined, { signal });
      if (window.gross()) return grossFault(work, window, await soonOr(health.ending()));
      const sick = health.complaint();
      if (sick) return { event: 'failed', because: sick };
    }
    next += every;
    const over = window.seconds() >= seconds - every / 2;
    const { verdict, because } = await look({
      number,
      planned,
      ending: over,
      of: { canary: canary.version, stable: stable.version },
    });
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

const lookAt = async (work: Work, { canary, stable, step }: Step, window: Window) => {
  const { spec } = readRelease(work.service.folders, canary.version);
  const { share_percent, seconds } = canary.plan.steps[step]!;
  const counts = [canary, stable].map((one) => countPredictions(instancesOf(work.instances, one), spec.metrics));
  const both = () => Promise.all(counts.map((count) => count()));
  await both();
  return async (at: { number: number; planned: number; ending: boolean; of: { canary: string; stable: string } }) => {
    const [canaryNow, stableNow] = await both();
    const predictions = { stable: stableNow!.predictions, canary: canaryNow!.predictions };
    const told = Object.keys(predictions.canary).length > 0 && Object.keys(predictions.stable).length > 0;
    const input = judgeInputOf(spec.rollout.judge, {
      requests: window.records(),
      looks: { planned: at.planned, this: Math.min(at.number, at.planned) },
      predictions: told ? predictions : null,
      missing: spec.rollout.judge.metrics.filter((name) => !canaryNow!.names.has(name) && !stableNow!.names.has(name)),
    });
    const { judgement, evidence } = await judgeAndKeep(
      work.service.folders.state,
      input,
      ({ verdict }) => at.ending || verdict === 'fail',
    );
    const because = becauseOf(judgement);
    const counts = window.counts();
    const seen = { step, share_percent, ...counts, verdict: judgement.verdict, because, evidence, of: at.of };
    if (judgement.verdict === 'fail') recordIfRoom(work, 'rollout.look', seen);
    else work.journal.append('rollout.look', seen);
    work.tell({
      kind: 'look',
      version: canary.version,
      share_percent,
      seconds: window.seconds(),
      of_seconds: seconds,
      ...counts,
      verdict: judgement.verdict,
      because,
    });
    return { verdict: judgement.verdict, because };
  };
};

export const errorsOf = ({ before }: Work): { requests: number; errors: number } => ({
  requests: before.length,
  errors: before.filter(({ status }) => status === 0 || status >= 500).length,
});
