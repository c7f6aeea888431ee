import type { JudgeInput, Judgement } from './judgement.ts';

/** Requests on the new version below which nothing is concluded. */
const leastRequests = 20;

/** Failed requests compared by an exact conditional binomial test, its level shared by all looks (Bonferroni). */
export const judge = ({ policy, looks, requests }: JudgeInput): Judgement => {
  const counted = requests.filter(({ at }) => at >= policy.warmup_seconds * 1000);
  const [stable, canary] = (['stable', 'canary'] as const).map((slot) => {
    const own = counted.filter((one) => one.slot === slot);
    return { n: own.length, errors: own.filter(({ status }) => status === 0 || status >= 500).length };
  }) as [Counts, Counts];
  const expected = canary.n / Math.max(1, canary.n + stable.n);
  const p = canary.n === 0 ? 1 : upperTail(canary.errors, canary.errors + stable.errors, expected);
  const failed = p < policy.false_alarm / looks.planned;
  const verdict =
    canary.n === 0 ? 'cannot measure' : failed ? 'fail' : canary.n < leastRequests ? 'inconclusive' : 'pass';
  return {
    verdict,
    checks: [
      {
        check: 'errors',
        verdict,
        figures: {
          n_stable: stable.n,
          n_canary: canary.n,
          errors_stable: stable.errors,
          errors_canary: canary.errors,
          p,
        },
        because: `${canary.errors} of ${canary.n} requests failed on the new version, ${stable.errors} of ${stable.n} on the old one`,
      },
    ],
  };
};

type Counts = { n: number; errors: number };

/** P(X >= k) of a binomial with n trials. */
const upperTail = (k: number, n: number, p: number): number => {
  if (k <= 0) return 1;
  if (p >= 1) return 1;
  let sum = 0;
  for (let i = k; i <= n; i++) sum += Math.exp(logChoose(n, i) + i * Math.log(p) + (n - i) * Math.log(1 - p));
  return Math.min(1, sum);
};

const logChoose = (n: number, k: number): number => {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log(n - k + i) - Math.log(i);
  return sum;
};
