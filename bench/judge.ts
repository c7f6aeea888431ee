/**
 * How often the judge is wrong: `npm run bench:judge`. Rollouts by the default policy (5, 25, 100 %; 600, 1800, 3600 s)
 * are simulated and judged at each look; a step whose end is inconclusive is extended as the policy says.
 */
import { serviceSpecSchema } from '../src/artifacts/service/service-spec.ts';
import { judge } from '../src/rollout/judge/judge.ts';
import type { RequestRecord } from '../src/rollout/judge/judgement.ts';
import { type Fault, inputOf, trafficOf } from './judge-traffic.ts';

const { rollout } = serviceSpecSchema.parse({ name: 'simulated', port: 8000, image: 'simulated' });
const { steps, extend_to: extendTo, judge: policy } = rollout;

/** Looks at a step; the last is at its end. Extended steps have as many again. */
const looksOfStep = 12;
const requestsPerSecond = 20;
const errorsOfGood = 0.001;

/** The slower fifth of answers becomes 100 ms slower, and with it the p95; the median stays. */
const slowerTail: Fault = { slower: (ms) => (ms > 60 ? ms + 100 : ms) };
const faults: Record<string, Fault> = {
  errors: { errors: 0.01 },
  'all slower': { slower: (ms) => ms + 100 },
  'tail slower': slowerTail,
};

type End = { aborted: boolean; at: string; seconds: number };

/** A whole rollout, as the state machine runs it: fails end it, an inconclusive end of a step extends it once. */
export const rolloutOf = (seed: number, fault: Fault | null, looksPerStep = looksOfStep): End => {
  const planned = steps.length * looksPerStep * Math.ceil(extendTo);
  const done: typeof steps = [];
  let look = 0;
  for (const step of steps) {
    let verdict = 'inconclusive';
    for (let part = 0; part < extendTo && verdict === 'inconclusive'; part++) {
      done.push(step);
      const requests = trafficOf({ seed, rate: requestsPerSecond, steps: done, errors: errorsOfGood, fault });
      const from = secondsOf(done) - step.seconds;
      for (let index = 1; index <= looksPerStep; index++) {
        const seconds = from + (step.seconds * index) / looksPerStep;
        verdict = verdictAt(requests, seconds, { planned, this: Math.min(planned, ++look) });
        if (verdict === 'fail') return { aborted: true, at: `${step.share_percent} %`, seconds };
      }
    }
    if (verdict !== 'pass')
      return { aborted: true, at: `${step.share_percent} %, ${verdict}`, seconds: secondsOf(done) };
  }
  return { aborted: false, at: 'promoted', seconds: secondsOf(done) };
};

const secondsOf = (done: typeof steps): number => done.reduce((sum, { seconds }) => sum + seconds, 0);

const verdictAt = (requests: RequestRecord[], seconds: number, looks: { planned: number; this: number }) => {
  const end = requests.findIndex(({ at }) => at > seconds * 1000);
  return judge(inputOf(end < 0 ? requests : requests.slice(0, end), looks, policy)).verdict;
};

/** Seconds of a rollout until 30 % errors at 100 requests/s on the first step are found, looking each second. */
export const secondsToGross = (seed: number): number => {
  const requests = trafficOf({
    seed,
    rate: 100,
    steps: [{ share_percent: 5, seconds: 20 }],
    errors: errorsOfGood,
    fault: { errors: 0.3 },
  });
  for (let second = 1; second <= 20; second++) {
    if (verdictAt(requests, second, { planned: 6000, this: second }) === 'fail') return second;
  }
  return Number.POSITIVE_INFINITY;
};

export const judgeBench = (repetitions = 200) => {
  const seeds = Array.from({ length: repetitions }, (_, index) => index + 1);
  const good = seeds.map((seed) => rolloutOf(seed, null));
  const kinds = Object.entries(faults);
  const bad = seeds.map((seed) => ({
    kind: kinds[seed % kinds.length]![0],
    ...rolloutOf(1000 + seed, kinds[seed % kinds.length]![1]),
  }));
  const gross = seeds.map((seed) => secondsToGross(2000 + seed));
  return {
    rollouts: repetitions,
    aa_aborted: good.filter(({ aborted }) => aborted).length,
    aa_aborted_at: good.filter(({ aborted }) => aborted).map(({ at }) => at),
    faults_caught: bad.filter(({ aborted }) => aborted).length,
    faults_missed: bad.filter(({ aborted }) => !aborted).map(({ kind }) => kind),
    faults_median_seconds: median(bad.map(({ seconds }) => seconds)),
    gross_within_10_s: gross.filter((seconds) => seconds <= 10).length,
    gross_slowest_seconds: Math.max(...gross),
    milliseconds_for_100000_records: timeOfJudging(),
  };
};

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const timeOfJudging = (): number => {
  const steps = [{ share_percent: 25, seconds: 1000 }];
  const requests = trafficOf({ seed: 7, rate: 100, steps, errors: errorsOfGood, fault: null }).slice(0, 100_000);
  const times = Array.from({ length: 5 }, () => {
    const begin = performance.now();
    judge(inputOf(requests, { planned: 1, this: 1 }, policy));
    return performance.now() - begin;
  });
  return Math.round(median(times));
};

if (import.meta.main) {
  const begin = performance.now();
  const found = judgeBench(Number(process.argv[2] ?? 200));
  console.log(JSON.stringify(found, null, 2));
  console.log(`${Math.round((performance.now() - begin) / 1000)} s`);
  const { rollouts: of } = found;
  const met = found.aa_aborted <= 0.05 * of && found.faults_caught >= 0.95 * of && found.gross_within_10_s >= 0.99 * of;
  if (!met) process.exitCode = 1;
}
