import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { normalTail } from '../../rollout/judge/distributions.ts';

/** A figure of rows of which each counts as often as it was drawn; null: it is not defined for these. */
export type Figure = (weights: Uint16Array) => number | null;

export type Shortfall = {
  value: number;
  /** Standard deviations of the figure by which it lies under the limit. */
  effect: number;
  /** Chance of such a figure where the limit is just kept. */
  p: number;
};

const resamples = 2000;
/** The same window gives the same finding. */
const seed = 20_240_229;

/**
 * How far a figure without an exact distribution lies under its limit. The bootstrap's spread gives the chance by the
 * normal distribution; a figure near the end of its scale is skewed, so that the share of the draws that keep the limit
 * counts as well where it says more. What is found at a level below one in the number of draws needs all of them under.
 */
export const shortfall = (figure: Figure, n: number, limit: number): Shortfall | null => {
  const weights = new Uint16Array(n).fill(1);
  const value = figure(weights);
  if (value === null) return null;
  const draws = drawn(figure, n);
  if (draws.length < resamples / 2) return null;
  const mean = draws.reduce((sum, one) => sum + one, 0) / draws.length;
  const spread = Math.sqrt(draws.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (draws.length - 1));
  const kept = draws.filter((one) => one >= limit).length / draws.length;
  const gap = limit - value;
  if (spread === 0) return { value, effect: 0, p: gap > 0 ? 0 : 1 };
  return { value, effect: gap / spread, p: Math.max(normalTail(gap / spread), kept) };
};

const drawn = (figure: Figure, n: number): number[] => {
  const generator = xoroshiro128plus(seed);
  const weights = new Uint16Array(n);
  const found: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (let row = 0; row < n; row++) weights[uniformInt(generator, 0, n - 1)]!++;
    const value = figure(weights);
    if (value !== null) found.push(value);
  }
  return found;
};
