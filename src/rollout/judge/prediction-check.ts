import { distributionTest, samplesNeeded } from './distribution-test.ts';
import { type Check, finite } from './error-check.ts';
import type { JudgeInput } from './judgement.ts';

/** Whether the new version predicts otherwise than the old one on the same traffic; null where no one tells. */
export const predictionCheck = ({ predictions, policy, looks }: JudgeInput, alpha: number): Check | null => {
  if (!predictions) return null;
  const test = distributionTest(predictions.canary, predictions.stable);
  const buckets = new Set([...Object.keys(predictions.canary), ...Object.keys(predictions.stable)]).size;
  const level = alpha / looks.planned;
  const needed = samplesNeeded(buckets, policy.prediction_shift, 1 - policy.confidence);
  const psi = Math.max(0, test.psi - test.psiByChance);
  const figures = {
    predictions_canary: test.n,
    predictions_stable: test.others,
    buckets,
    psi: test.psi,
    psi_by_chance: test.psiByChance,
    limit: policy.prediction_shift,
    g: test.g,
    g_p: test.p,
    level,
    more_needed: Math.max(0, needed - Math.min(test.n, test.others)),
  };
  const seen = `population stability index ${psi.toFixed(3)} beyond chance, limit ${policy.prediction_shift}`;
  const conclusion = (): Pick<Check, 'verdict' | 'because'> => {
    if (psi >= policy.prediction_shift && test.p < level)
      return { verdict: 'fail', because: `predictions moved: ${seen}` };
    if (figures.more_needed > 0)
      return { verdict: 'inconclusive', because: `${figures.more_needed} more predictions of each version are needed` };
    if (psi >= policy.prediction_shift)
      return { verdict: 'inconclusive', because: `${seen}; not certain over all looks` };
    return { verdict: 'pass', because: seen };
  };
  return { check: 'predictions', figures: finite(figures), ...conclusion() };
};
