import { errorCheck } from './error-check.ts';
import type { JudgeInput, Judgement } from './judgement.ts';
import { latencyCheck } from './latency-check.ts';
import { predictionCheck } from './prediction-check.ts';
import { qualityCheck } from './quality-check.ts';

/**
 * What recorded facts say of a new version: a pure function, so that the same input gives the same judgement.
 * The chance that a good version fails at any look is at most the policy's `false_alarm`: it is divided among the
 * checks, errors by e-processes that hold over all looks, the others by the number of looks planned.
 */
export const judge = (input: JudgeInput): Judgement => {
  const from = input.policy.warmup_seconds * 1000;
  const requests = input.requests.filter(({ at }) => at >= from).sort((a, b) => a.at - b.at);
  const alpha = input.policy.false_alarm / (2 + Number(input.predictions !== null) + Number(input.quality !== null));
  const checks = [
    ...metricsCheck(input),
    errorCheck(requests, input, alpha),
    latencyCheck(requests, input, alpha),
    predictionCheck(input, alpha),
    qualityCheck(input, alpha),
  ].filter((check) => check !== null);
  const order = ['fail', 'cannot measure', 'inconclusive', 'pass'] as const;
  return { verdict: order.find((verdict) => checks.some((check) => check.verdict === verdict))!, checks };
};

const metricsCheck = ({ policy, missing_metrics: missing }: JudgeInput): Judgement['checks'] =>
  policy.metrics.length === 0 && missing.length === 0
    ? []
    : [
        {
          check: 'metrics',
          verdict: missing.length > 0 ? 'cannot measure' : 'pass',
          figures: { asked: policy.metrics.length, missing: missing.length },
          because:
            missing.length > 0
              ? `neither version shows ${missing.join(', ')}: correct the policy's metrics or the service`
              : 'all metrics of the policy are there',
        },
      ];
