import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import quickselect from 'quickselect';
import { type Cashflow, netPresentValue } from './finance.ts';

/** What is simulated of an option; `probability` that it succeeds at all, 0..1. */
export type Uncertain = Cashflow & { probability: number; spread?: readonly [number, number, number] };

export type Simulated = {
  mean: number;
  p5: number;
  p50: number;
  p95: number;
  /** Share of the draws that lose money. */
  loss: number;
  /** Share of the draws in which this option is the best of all. */
  best: number;
};

const draws = 10_000;
/**
 * Plans are optimistic: costs overrun more than they underrun, benefits fall short more than they exceed (Flyvbjerg,
 * Curbing Optimism Bias and Strategic
 * Misrepresentation in Planning, 2008). Triangular shares of the plan; assumptions, which the answer names.
 */
export const spread = { investment: [0.9, 1, 1.5], annual: [0.4, 1, 1.3] } as const;

/** Monte Carlo over all options with the same luck for each, so that they can be compared; the same seed, the same draws. */
export const simulate = (options: readonly Uncertain[], rate: number, seed: string): Simulated[] => {
  const generator = xoroshiro128plus(createHash('sha256').update(seed).digest().readInt32BE(0));
  const uniform = () => uniformFloat64(generator);
  // The value is linear in the return: one factor for each option holds growth, years and discount.
  const factors = options.map((option) => netPresentValue({ ...option, investment: 0, annual: 1, running: 0 }, rate));
  const running = options.map((option) => -netPresentValue({ ...option, investment: 0, annual: 0 }, rate));
  const values = options.map(() => new Float64Array(draws));
  const best = options.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const luck = { investment: triangular(uniform(), spread.investment), return: uniform() };
    const usual = triangular(luck.return, spread.annual);
    const success = uniform();
    let top = 0;
    for (let index = 0; index < options.length; index++) {
      const option = options[index]!;
      // What fails altogether is given up: it earns nothing, and nothing runs on.
      const going = success < option.probability;
      const share = option.spread ? triangular(luck.return, option.spread) : usual;
      const earned = going ? factors[index]! * (option.annual * share) - running[index]! : 0;
      const value = earned - option.investment * luck.investment;
      values[index]![draw] = value;
      if (value > values[top]![draw]!) top = index;
    }
    best[top]! += 1;
  }
  return values.map((all, index) => summary(all, best[index]! / draws));
};

/** Inverse of the triangular distribution's cumulative function. */
const triangular = (u: number, [low, mode, high]: readonly [number, number, number]): number => {
  const cut = (mode - low) / (high - low);
  return u < cut
    ? low + Math.sqrt(u * (high - low) * (mode - low))
    : high - Math.sqrt((1 - u) * (high - low) * (high - mode));
};

/** Only three ranks are needed: they are selected, not sorted for. The mean is taken before, in the order of the draws. */
const summary = (all: Float64Array, best: number): Simulated => {
  let sum = 0;
  let losses = 0;
  for (const value of all) {
    sum += value;
    if (value < 0) losses++;
  }
  const last = all.length - 1;
  const rank = (share: number) => Math.min(last, Math.floor(share * all.length));
  const [low, middle, high] = [rank(0.05), rank(0.5), rank(0.95)];
  // Each selection leaves the smaller values on its left and the greater ones on its right.
  select(all, middle, 0, last);
  select(all, low, 0, middle - 1);
  select(all, high, middle + 1, last);
  return { mean: sum / all.length, p5: all[low]!, p50: all[middle]!, p95: all[high]!, loss: losses / all.length, best };
};

/** The library is typed for plain arrays; it only swaps by index. */
const select = (values: Float64Array, rank: number, left: number, right: number): void =>
  quickselect(values as unknown as number[], rank, left, right, (a, b) => a - b);
