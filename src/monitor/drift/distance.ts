import { distributionTest } from '../../rollout/judge/distribution-test.ts';
import { type Described, isNumbers, isShares } from './reference.ts';

/** How far values lie from what the training rows had: `p` by chance alone, `effect` on its own scale. */
export type Distance = {
  measure: 'kolmogorov_smirnov' | 'psi';
  effect: number;
  smallest: number;
  p: number;
  n: number;
};

/** Shifts below these are real with enough rows, and mean nothing: a tenth of the rows, a "minor" stability index. */
const smallestShift = 0.1;
const smallestPsi = 0.1;

export const distanceFrom = (reference: Described, rows: number, values: unknown[]): Distance | null => {
  if (isNumbers(reference)) return fromQuantiles(reference.quantiles, rows, values.map(Number).filter(Number.isFinite));
  if (isShares(reference)) return fromShares(reference.shares, rows, values.map(String));
  return null;
};

/**
 * Largest gap between the window's distribution function and the reference's, of which only quantiles are known: at a
 * quantile k of q that repeats, the reference lies between its first and its last k. `p` by the inequality of
 * Dvoretzky, Kiefer, Wolfowitz for two samples with the constant e (Wei & Dudley 2012), which holds for any size.
 */
const fromQuantiles = (quantiles: number[], rows: number, values: number[]): Distance => {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const steps = quantiles.length - 1;
  let gap = 0;
  for (let first = 0; first < quantiles.length && n > 0; ) {
    let last = first;
    while (quantiles[last + 1] === quantiles[first]) last++;
    const edge = quantiles[first]!;
    gap = Math.max(
      gap,
      last / steps - countBelow(sorted, edge, true) / n,
      countBelow(sorted, edge, false) / n - first / steps,
    );
    first = last + 1;
  }
  const size = (n * rows) / Math.max(1, n + rows);
  // A quantile between two rows is interpolated: it may stand off by one row.
  const certain = Math.max(0, gap - 1 / rows);
  const p = Math.min(1, Math.E * Math.exp(-2 * size * certain ** 2));
  return { measure: 'kolmogorov_smirnov', effect: certain, smallest: smallestShift, p, n };
};

const countBelow = (sorted: Float64Array, edge: number, inclusive: boolean): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < edge || (inclusive && sorted[middle] === edge)) low = middle + 1;
    else high = middle;
  }
  return low;
};

const fromShares = (shares: Record<string, number>, rows: number, values: string[]): Distance => {
  const rest = Math.max(0, 1 - Object.values(shares).reduce((sum, share) => sum + share, 0));
  const expected = {
    ...Object.fromEntries(Object.entries(shares).map(([name, share]) => [`=${name}`, Math.round(share * rows)])),
    other: Math.round(rest * rows),
  };
  const seen: Record<string, number> = {};
  for (const value of values) {
    const name = Object.hasOwn(shares, value) ? `=${value}` : 'other';
    seen[name] = (seen[name] ?? 0) + 1;
  }
  const test = distributionTest(seen, expected);
  return {
    measure: 'psi',
    effect: Math.max(0, test.psi - test.psiByChance),
    smallest: smallestPsi,
    p: test.p,
    n: test.n,
  };
};
