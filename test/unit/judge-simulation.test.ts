import { expect, test } from 'vitest';
import { rolloutOf, secondsToGross } from '../../bench/judge.ts';

/** A few of the rollouts of `npm run bench:judge`; the seeds are fixed, so that the outcome is too. */
test('promotes good versions, and takes back those with one error in a hundred or 100 ms more', () => {
  const good = [1].map((seed) => rolloutOf(seed, null, 2).aborted);
  expect(good).toEqual([false]);
  const faults = [
    { errors: 0.01 },
    { slower: (ms: number) => ms + 100 },
    { slower: (ms: number) => (ms > 60 ? ms + 100 : ms) },
  ];
  expect(faults.map((fault, index) => rolloutOf(11 + index, fault, 2).aborted)).toEqual([true, true, true]);
});

test('finds 30 % errors at 100 requests a second within ten seconds of traffic', () => {
  expect(Math.max(...[1, 2, 3, 4, 5].map((seed) => secondsToGross(seed)))).toBeLessThanOrEqual(10);
});
