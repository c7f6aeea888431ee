import { normalTail } from './distributions.ts';

/** A measured value of one of two samples, in a stratum: only values of the same stretch of time are compared. */
export type Ranked = { values: Float64Array; canary: Uint8Array; stratum: Uint16Array };

export type RankTest = {
  /** One-sided: small where the new version's values are larger. */
  p: number;
  z: number;
  /** Variance against that of independent values; at least 1. */
  designEffect: number;
  /** Chance that a value of the new version is larger than one of the old, ties half (Vargha & Delaney's A). */
  effect: number;
};

/**
 * Mann–Whitney's test, stratified: pooled midranks are scores, and each stratum compares the mean score of both sides.
 * With one stratum it is the usual test (normal approximation, ties, no continuity correction). Values that depend on
 * one another make the strata's sums vary more than chance does; the variance is then taken from them.
 */
export const rankTest = (sample: Ranked): RankTest => {
  const ranks = midranks(sample.values);
  const { excess, variances, plain } = strata(sample, ranks);
  const total = sum(excess);
  const expected = sum(variances);
  const observed = sum(excess.map((value) => value * value));
  const designEffect = excess.length > 1 && expected > 0 ? Math.max(1, observed / expected) : 1;
  const z = expected > 0 ? total / Math.sqrt(expected * designEffect) : 0;
  const { rankSum, n, others } = plain;
  const effect = n === 0 || others === 0 ? 0.5 : (rankSum - (n * (n + 1)) / 2) / (n * others);
  return { p: normalTail(z), z, designEffect, effect };
};

/** Ranks from 1; equal values share the mean of theirs. */
const midranks = (values: Float64Array): Float64Array => {
  const order = Uint32Array.from(values, (_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let index = first; index < end; index++) ranks[order[index]!] = (first + end + 1) / 2;
    first = end;
  }
  return ranks;
};

const strata = ({ canary, stratum }: Ranked, ranks: Float64Array) => {
  const sums = new Map<number, { n: number; others: number; own: number; all: number; squares: number }>();
  const plain = { rankSum: 0, n: 0, others: 0 };
  for (let index = 0; index < ranks.length; index++) {
    const rank = ranks[index]!;
    let entry = sums.get(stratum[index]!);
    if (!entry) {
      entry = { n: 0, others: 0, own: 0, all: 0, squares: 0 };
      sums.set(stratum[index]!, entry);
    }
    entry.all += rank;
    entry.squares += rank * rank;
    if (canary[index]) {
      entry.n++;
      entry.own += rank;
      plain.n++;
      plain.rankSum += rank;
    } else {
      entry.others++;
      plain.others++;
    }
  }
  const shared = [...sums.values()].filter(({ n, others }) => n > 0 && others > 0);
  return {
    plain,
    excess: shared.map(({ n, others, own, all }) => own - (n * all) / (n + others)),
    variances: shared.map(({ n, others, all, squares }) => permutationVariance(n, others, all, squares)),
  };
};

/** Variance of the sum of `n` of `n + others` scores drawn without replacement. */
const permutationVariance = (n: number, others: number, all: number, squares: number): number => {
  const size = n + others;
  const spread = Math.max(0, squares - (all * all) / size) / (size - 1);
  return (n * others * spread) / size;
};

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
