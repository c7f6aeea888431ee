import { type Check, finite, percent } from './error-check.ts';
import { fisherTail } from './exact-rates.ts';
import type { JudgeInput } from './judgement.ts';
import { rankTest } from './rank-test.ts';

/** Answers with known truth below which nothing is said, on either side. */
const fewest = 30;
/** A loss of right answers, or a chance of the larger error, that counts: two points, and "small" as for latency. */
const smallestLoss = 0.02;
const smallestEffect = 0.56;

type Quality = NonNullable<JudgeInput['quality']>;
type Measured = { n: number; others: number; p: number; effect: number; smallest: number; seen: string };

/** Answers whose truth is known, of both versions; null where there are no labels. */
export const qualityCheck = ({ quality, looks, policy }: JudgeInput, alpha: number): Check | null => {
  if (!quality) return null;
  const { n, others, p, effect, smallest, seen } = quality.kind === 'right' ? byShare(quality) : byError(quality);
  const level = alpha / looks.planned;
  const figures = { labels_canary: n, labels_stable: others, p, effect_size: effect, smallest_effect: smallest, level };
  const conclusion = (): Pick<Check, 'verdict' | 'because'> => {
    if (Math.min(n, others) < fewest)
      return { verdict: 'inconclusive', because: `${Math.min(n, others)} labels on one side; ${fewest} are needed` };
    if (effect >= smallest && p < level) return { verdict: 'fail', because: `worse answers: ${seen}` };
    if (effect >= smallest && p < 1 - policy.confidence)
      return { verdict: 'inconclusive', because: `perhaps worse answers: ${seen}; not certain over all looks` };
    return { verdict: 'pass', because: seen };
  };
  return { check: 'quality', figures: finite(figures), ...conclusion() };
};

const byShare = ({ stable, canary }: Extract<Quality, { kind: 'right' }>): Measured => {
  const n = canary.right + canary.wrong;
  const others = stable.right + stable.wrong;
  const own = n === 0 ? 0 : canary.right / n;
  const reference = others === 0 ? 0 : stable.right / others;
  return {
    n,
    others,
    p: fisherTail({ bad: canary.wrong, n }, { bad: stable.wrong, n: others }),
    effect: reference - own,
    smallest: smallestLoss,
    seen: `${percent(own)} right against ${percent(reference)}`,
  };
};

const byError = ({ stable, canary }: Extract<Quality, { kind: 'error' }>): Measured => {
  const all = [...stable, ...canary];
  const test = rankTest({
    values: Float64Array.from(all),
    canary: Uint8Array.from(all, (_, index) => (index >= stable.length ? 1 : 0)),
    stratum: new Uint16Array(all.length),
  });
  return {
    n: canary.length,
    others: stable.length,
    p: test.p,
    effect: test.effect,
    smallest: smallestEffect,
    seen: `an error of the new version is the larger one in ${percent(test.effect)} of pairs`,
  };
};
