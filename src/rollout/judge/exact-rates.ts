import { betaCdf, betaQuantile, logGamma } from './distributions.ts';

/** One-sided upper Clopper–Pearson bound of a rate: `failures` of `n`; 1 where there is no request. */
export const upperBound = (failures: number, n: number, confidence: number): number =>
  failures >= n ? 1 : betaQuantile(confidence, failures + 1, n - failures);

/** One-sided lower Clopper–Pearson bound. */
export const lowerBound = (failures: number, n: number, confidence: number): number =>
  failures <= 0 ? 0 : betaQuantile(1 - confidence, failures, n - failures + 1);

/** P(X ≥ failures) for X ~ Binomial(n, rate); both counts may be effective, that is, fractional. */
export const binomialTail = (failures: number, n: number, rate: number): number =>
  failures <= 0 ? 1 : failures > n ? 0 : betaCdf(rate, failures, n - failures + 1);

/** Requests in all after which `failures` failures still prove a rate of at most `rate`: 2,995 for none and 0.1 %. */
export const requestsNeeded = (failures: number, rate: number, confidence: number): number => {
  if (rate <= 0) return Number.POSITIVE_INFINITY;
  if (failures === 0 && rate < 1) return Math.ceil(Math.log(1 - confidence) / Math.log1p(-rate));
  const holds = (n: number): boolean => upperBound(failures, n, confidence) <= rate;
  let high = Math.ceil((failures + 1) / rate) + 1;
  while (!holds(high)) high *= 2;
  let low = failures;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
};

export type Outcomes = { bad: number; n: number };

/** Fisher's exact test, one-sided: chance of this many bad outcomes of `tried` or more, given all bad ones of both. */
export const fisherTail = (tried: Outcomes, other: Outcomes): number => {
  const bad = tried.bad + other.bad;
  let tail = 0;
  for (let x = tried.bad; x <= Math.min(bad, tried.n); x++) {
    if (bad - x > other.n) continue;
    const term = Math.exp(logChoose(tried.n, x) + logChoose(other.n, bad - x) - logChoose(tried.n + other.n, bad));
    tail += term;
    if (term < tail * 1e-17 && x > (bad * tried.n) / (tried.n + other.n)) break;
  }
  return Math.min(1, tail);
};

export const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
