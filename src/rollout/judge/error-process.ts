import { logChoose, type Outcomes } from './exact-rates.ts';

/** Odds ratios and rates that the mixtures bet on, in equal parts; any choice keeps the error bound. */
const oddsRatios = [1.5, 2, 3, 5, 10, 30, 100, 1000];
const rateFactors = [1.5, 2, 3, 5, 10, 30, 100];

export type Block = { stable: Outcomes; canary: Outcomes };

/**
 * ln of an e-process against "the new version fails no oftener than the old one": in each block of requests the number
 * of failures on the new version, given all failures of the block, is hypergeometric under that hypothesis (Fisher's
 * non-central hypergeometric distribution under the alternatives). By Ville's inequality the chance that it ever
 * passes ln(1/α) is at most α, however often one looks. A burst that hits both versions alike moves nothing.
 */
export const logOddsProcess = (blocks: Block[]): number => {
  const logs = oddsRatios.map(() => 0);
  for (const { stable, canary } of blocks) {
    const failures = stable.bad + canary.bad;
    if (failures === 0 || stable.n === 0 || canary.n === 0) continue;
    const terms = hypergeometric(canary.n, stable.n, failures);
    for (const [index, odds] of oddsRatios.entries()) {
      logs[index]! += canary.bad * Math.log(odds) - logMean(terms, Math.log(odds));
    }
  }
  return logAverage(logs);
};

/** ln of an e-process against "the rate is at most `limit`"; holds over all looks likewise. */
export const logRateProcess = ({ bad, n }: Outcomes, limit: number): number => {
  if (limit <= 0) return bad > 0 ? Number.POSITIVE_INFINITY : 0;
  const rates = rateFactors.map((factor) => Math.min(limit * factor, (1 + limit) / 2));
  return logAverage(
    rates.map((rate) => bad * Math.log(rate / limit) + (n - bad) * (Math.log1p(-rate) - Math.log1p(-limit))),
  );
};

type Term = { x: number; log: number };

/** ln of the chance of each possible number of failures on the first side. */
const hypergeometric = (n: number, others: number, failures: number): Term[] => {
  const terms: Term[] = [];
  const all = logChoose(n + others, failures);
  for (let x = Math.max(0, failures - others); x <= Math.min(n, failures); x++) {
    terms.push({ x, log: logChoose(n, x) + logChoose(others, failures - x) - all });
  }
  return terms;
};

const logMean = (terms: Term[], logOdds: number): number => logSum(terms.map(({ x, log }) => log + x * logOdds));

const logAverage = (logs: number[]): number => logSum(logs) - Math.log(logs.length);

const logSum = (logs: number[]): number => {
  const most = Math.max(...logs);
  return Number.isFinite(most) ? most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0)) : most;
};
