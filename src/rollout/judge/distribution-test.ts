import { chiSquareQuantile, chiSquareTail } from './distributions.ts';

export type Counts = Record<string, number>;
export type DistributionTest = {
  /** Population stability index, with half a count in each bucket against empty ones. */
  psi: number;
  /** What sampling alone puts into the index: (buckets − 1)(1/n + 1/m). */
  psiByChance: number;
  /** G-test of homogeneity. */
  g: number;
  p: number;
  n: number;
  others: number;
};

/** How far two counted distributions lie apart, and whether chance explains it. */
export const distributionTest = (tried: Counts, other: Counts): DistributionTest => {
  const buckets = [...new Set([...Object.keys(tried), ...Object.keys(other)])]
    .sort()
    .map((name) => ({ a: tried[name] ?? 0, b: other[name] ?? 0 }))
    .filter(({ a, b }) => a + b > 0);
  const n = buckets.reduce((sum, { a }) => sum + a, 0);
  const others = buckets.reduce((sum, { b }) => sum + b, 0);
  if (n === 0 || others === 0) return { psi: 0, psiByChance: 0, g: 0, p: 1, n, others };
  const smoothed = (count: number, total: number) => (count + 0.5) / (total + 0.5 * buckets.length);
  let psi = 0;
  let g = 0;
  for (const { a, b } of buckets) {
    const own = smoothed(a, n);
    const reference = smoothed(b, others);
    psi += (own - reference) * Math.log(own / reference);
    const share = (a + b) / (n + others);
    if (a > 0) g += 2 * a * Math.log(a / (n * share));
    if (b > 0) g += 2 * b * Math.log(b / (others * share));
  }
  const freedom = buckets.length - 1;
  return {
    psi,
    psiByChance: freedom * (1 / n + 1 / others),
    g,
    p: freedom === 0 ? 1 : chiSquareTail(g, freedom),
    n,
    others,
  };
};

/** Predictions on each side from which an index of `shift` is no longer what chance gives (Yurdakul 2018). */
export const samplesNeeded = (buckets: number, shift: number, level: number): number =>
  buckets < 2 ? 1 : Math.ceil((2 * chiSquareQuantile(level, buckets - 1)) / shift);
