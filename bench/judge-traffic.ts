/** Made traffic for the judge: log-normal latencies that depend on one another, bursts, and a fault where asked. */
import type { JudgeInput, RequestRecord } from '../src/rollout/judge/judgement.ts';

export type Fault = { errors?: number; slower?: (ms: number) => number };

export type Traffic = {
  seed: number;
  /** Requests per second on both versions together, by a Poisson process. */
  rate: number;
  steps: { share_percent: number; seconds: number }[];
  /** Share of requests that fail on a good version. */
  errors: number;
  fault: Fault | null;
};

/** Deterministic uniform numbers (mulberry32). */
export const chanceFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};

const normalFrom = (chance: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());

/** Median 40 ms, p95 about 91 ms; how much of a request's deviation the one before on the same version explains. */
const medianMs = 40;
const spread = 0.5;
const remembered = 0.5;
/** A burst each two minutes on one version alone (a collection of garbage), each three on both (the machine is busy). */
const bursts = { ownEverySeconds: 120, sharedEverySeconds: 180, seconds: 1.5, factor: 4 };

export const trafficOf = ({ seed, rate, steps, errors, fault }: Traffic): RequestRecord[] => {
  const chance = chanceFrom(seed);
  const last = { stable: 0, canary: 0 };
  const busyUntil = { stable: 0, canary: 0 };
  const requests: RequestRecord[] = [];
  let at = 0;
  let end = 0;
  for (const { share_percent, seconds } of steps) {
    end += seconds * 1000;
    while (at < end) {
      const gap = (-Math.log(1 - chance()) * 1000) / rate;
      at += gap;
      for (const slot of ['stable', 'canary'] as const) {
        if (chance() < gap / 1000 / bursts.ownEverySeconds) busyUntil[slot] = at + bursts.seconds * 1000;
      }
      if (chance() < gap / 1000 / bursts.sharedEverySeconds) {
        busyUntil.stable = at + bursts.seconds * 1000;
        busyUntil.canary = busyUntil.stable;
      }
      const slot = chance() * 100 < share_percent ? 'canary' : 'stable';
      last[slot] = remembered * last[slot] + Math.sqrt(1 - remembered ** 2) * normalFrom(chance);
      const calm = medianMs * Math.exp(spread * last[slot]);
      const ms = at < busyUntil[slot] ? calm * bursts.factor : calm;
      const own = slot === 'canary' ? fault : null;
      requests.push({
        slot,
        at,
        status: chance() < (own?.errors ?? errors) ? 500 : 200,
        ms: own?.slower ? own.slower(ms) : ms,
      });
    }
  }
  return requests;
};

export const inputOf = (
  requests: RequestRecord[],
  looks: JudgeInput['looks'],
  policy: JudgeInput['policy'],
): JudgeInput => ({ policy, looks, requests, predictions: null, quality: null, missing_metrics: [] });
