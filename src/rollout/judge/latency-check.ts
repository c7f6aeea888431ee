import { percentile } from '../load/percentile.ts';
import { type Check, doubtLevel, finite } from './error-check.ts';
import { binomialTail } from './exact-rates.ts';
import type { JudgeInput, RequestRecord } from './judgement.ts';
import { type RankTest, rankTest } from './rank-test.ts';

/** Fewest requests whose largest value bounds the quantile at 95 %: ln 0.05 / ln q. */
export const fewestFor = { p95: 59, p99: 299 };
/** Where the rank sum's normal approximation holds on either side (Mann & Whitney 1947 found it good from 8). */
const fewestForRanks = 20;
/** "Small" after Vargha & Delaney (2000). */
const smallestEffect = 0.56;
/** Stretches of time within which the versions are compared, and requests that each should hold. */
const mostStrata = 60;
const perStratum = 10;
/** Shift of all, 95th and 99th percentile, and requests without an old version beside them. */
const testsTaken = 4;

/** The new version's latency against the old one's over the same stretches of time. */
export const latencyCheck = (requests: RequestRecord[], { policy, looks }: JudgeInput, alpha: number): Check => {
  const sample = paired(requests);
  const stable = sorted(sample.stable);
  const canary = sorted(sample.canary);
  const level = alpha / testsTaken / looks.planned;
  const tolerance = (limit: number) => Math.max(policy.latency_floor_ms, (policy.latency_ratio - 1) * limit);
  const p95 = tailTest(sample, stable, 0.95, tolerance);
  const p99 = tailTest(sample, stable, 0.99, tolerance);
  const shift = shiftTest(sample, stable.length === 0 ? 0 : tolerance(percentile(stable, 0.95)));
  const alone = aloneTest(sample, stable, tolerance);
  const figures = {
    requests_canary: canary.length,
    requests_stable: stable.length,
    p50_canary: percentile(canary, 0.5),
    p50_stable: percentile(stable, 0.5),
    p95_canary: percentile(canary, 0.95),
    p95_stable: percentile(stable, 0.95),
    p99_canary: canary.length < fewestFor.p99 ? Number.NaN : percentile(canary, 0.99),
    p99_stable: stable.length < fewestFor.p99 ? Number.NaN : percentile(stable, 0.99),
    tolerance_ms: stable.length === 0 ? Number.NaN : tolerance(percentile(stable, 0.95)),
    mann_whitney_p: shift.p,
    effect_size: shift.effect,
    p95_p: p95.p,
    p99_p: p99.p,
    alone_p: alone.p,
    design_effect: Math.max(shift.designEffect, p95.designEffect),
    level,
  };
  const few = Math.min(stable.length, canary.length);
  const tests = [
    { what: 'all answers', p: few >= fewestForRanks && shift.effect >= smallestEffect ? shift.p : 1 },
    { what: 'the 95th percentile', p: few >= fewestFor.p95 ? p95.p : 1 },
    { what: 'the 99th percentile', p: few >= fewestFor.p99 ? p99.p : 1 },
    { what: 'answers under all of the traffic', p: alone.p },
  ];
  return {
    check: 'latency',
    figures: finite(figures),
    ...conclude(tests, { level, few, figures, doubt: doubtLevel(policy) }),
  };
};

const conclude = (
  tests: { what: string; p: number }[],
  { level, few, figures, doubt }: { level: number; few: number; figures: Record<string, number>; doubt: number },
): Pick<Check, 'verdict' | 'because'> => {
  const ms = (name: string) => `${figures[name]!.toFixed(1)} ms`;
  const slow = tests.find(({ p }) => p < level);
  if (few === 0 && !slow) return { verdict: 'inconclusive', because: 'one of the versions answered nothing' };
  const seen = `p95 ${ms('p95_canary')} against ${ms('p95_stable')}, ${ms('tolerance_ms')} more tolerated`;
  if (slow) return { verdict: 'fail', because: `slower in ${slow.what}: ${seen}` };
  if (few < fewestFor.p95)
    return {
      verdict: 'inconclusive',
      because: `${few} answers; a p95 needs ${fewestFor.p95}, ${fewestFor.p95 - few} more`,
    };
  const doubtful = tests.find(({ p }) => p < doubt);
  if (doubtful)
    return {
      verdict: 'inconclusive',
      because: `perhaps slower in ${doubtful.what}: ${seen}; not certain over all looks`,
    };
  return { verdict: 'pass', because: few < fewestFor.p99 ? `${seen}; a p99 needs ${fewestFor.p99} answers` : seen };
};

type Timed = { ms: number; stratum: number };
type Sample = { stable: Timed[]; canary: Timed[]; alone: Timed[] };

/** Answered requests by stretch of time; those of the new version beside which the old one had none stand alone. */
const paired = (requests: RequestRecord[]): Sample => {
  const answered = requests.filter(({ status }) => status > 0 && status < 500);
  const tried = answered.filter(({ slot }) => slot === 'canary').length;
  const count = Math.min(mostStrata, Math.max(1, Math.floor(tried / perStratum)));
  const first = answered[0]?.at ?? 0;
  const span = Math.max(1e-9, (answered.at(-1)?.at ?? 0) - first);
  const both = Array.from({ length: count }, () => ({ stable: false, canary: false }));
  const placed = answered.map(({ slot, at, ms }) => {
    const stratum = Math.min(count - 1, Math.floor(((at - first) / span) * count));
    both[stratum]![slot] = true;
    return { slot, ms, stratum };
  });
  return {
    stable: placed.filter(({ slot, stratum }) => slot === 'stable' && both[stratum]!.canary),
    canary: placed.filter(({ slot, stratum }) => slot === 'canary' && both[stratum]!.stable),
    alone: placed.filter(({ slot, stratum }) => slot === 'canary' && !both[stratum]!.stable),
  };
};

const sorted = (timed: Timed[]): Float64Array => Float64Array.from(timed, ({ ms }) => ms).sort();

/** Whether all answers have moved by more than the tolerance; the effect size is of the values as they are. */
const shiftTest = ({ stable, canary }: Sample, tolerance: number): RankTest => {
  const all = [...stable, ...canary];
  const sample = {
    values: Float64Array.from(all, ({ ms }) => ms),
    canary: Uint8Array.from(all, (_, index) => (index >= stable.length ? 1 : 0)),
    stratum: Uint16Array.from(all, ({ stratum }) => stratum),
  };
  const { effect } = rankTest(sample);
  for (let index = stable.length; index < all.length; index++) sample.values[index]! -= tolerance;
  return { ...rankTest(sample), effect };
};

type Tail = { p: number; designEffect: number };

/**
 * Answers over the old version's quantile, those of the new one less the tolerance: as many as chance puts there?
 * Mantel–Haenszel's expectation over the strata, the binomial tail with the sample divided by its design effect.
 */
const tailTest = (
  sample: Sample,
  stable: Float64Array,
  quantile: number,
  tolerance: (limit: number) => number,
): Tail => {
  if (stable.length === 0 || sample.canary.length === 0) return { p: 1, designEffect: 1 };
  const limit = percentile(stable, quantile);
  const counts = Array.from({ length: mostStrata }, () => ({ n: 0, over: 0, others: 0, othersOver: 0 }));
  for (const { ms, stratum } of sample.canary) {
    counts[stratum]!.n++;
    if (ms - tolerance(limit) > limit) counts[stratum]!.over++;
  }
  for (const { ms, stratum } of sample.stable) {
    counts[stratum]!.others++;
    if (ms > limit) counts[stratum]!.othersOver++;
  }
  let expected = 0;
  let chance = 0;
  let observed = 0;
  let over = 0;
  for (const { n, over: own, others, othersOver } of counts) {
    if (n === 0 || others === 0) continue;
    const share = (own + othersOver) / (n + others);
    expected += n * share;
    over += own;
    chance += (n * others * share * (1 - share)) / Math.max(1, n + others - 1);
    observed += (own - n * share) ** 2;
  }
  const designEffect = chance > 0 ? Math.max(1, observed / chance) : 1;
  const n = sample.canary.length;
  return { p: binomialTail(over / designEffect, n / designEffect, Math.min(1, expected / n)), designEffect };
};

/**
 * With all of the traffic on the new version there is no old one beside it, only that of before: twice the tolerance,
 * since the hour has changed as well.
 */
const aloneTest = ({ alone }: Sample, stable: Float64Array, tolerance: (limit: number) => number): { p: number } => {
  if (alone.length < fewestFor.p95 || stable.length < fewestFor.p95) return { p: 1 };
  const limit = percentile(stable, 0.95);
  const ends = limit + 2 * tolerance(limit);
  const strata = [...Map.groupBy(alone, ({ stratum }) => stratum).values()];
  const over = strata.map((timed) => ({ n: timed.length, bad: timed.filter(({ ms }) => ms > ends).length }));
  const bad = over.reduce((sum, stratum) => sum + stratum.bad, 0);
  const share = bad / alone.length;
  const chance = alone.length * share * (1 - share);
  const observed = over.reduce((sum, stratum) => sum + (stratum.bad - stratum.n * share) ** 2, 0);
  const designEffect = chance > 0 ? Math.max(1, observed / chance) : 1;
  return { p: binomialTail(bad / designEffect, alone.length / designEffect, 0.05) };
};
