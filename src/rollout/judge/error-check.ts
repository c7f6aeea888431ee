import { type Block, logOddsProcess, logRateProcess } from './error-process.ts';
import { fisherTail, lowerBound, type Outcomes, requestsNeeded, upperBound } from './exact-rates.ts';
import type { JudgeInput, Judgement, RequestRecord } from './judgement.ts';

export type Check = Judgement['checks'][number];

/** Requests of one block of the error process: fixed beforehand, so that no look can choose it. */
const blockSize = 50;
/** Without a figure in the policy: a share of failures that must have been seen, had it been there (299 requests). */
const smallestFault = 0.01;

/** Failures: no answer, or 5xx. A refusal (4xx) counts only where the new version refuses what the old one takes. */
const failed = ({ status }: RequestRecord): boolean => status === 0 || status >= 500;
const refused = ({ status }: RequestRecord): boolean => status >= 400 && status < 500;

/** The new version's failures against the old one's over the same window, and against the policy's figure. */
export const errorCheck = (requests: RequestRecord[], input: JudgeInput, alpha: number): Check => {
  const { policy, looks } = input;
  const stable = countOf(requests, 'stable', failed);
  const canary = countOf(requests, 'canary', failed);
  const { confidence } = policy;
  const limit = limitOf(stable, policy);
  const all = looks.this === looks.planned;
  const found = {
    relative: logOddsProcess(blocksOf(requests, failed, all)),
    absolute: stable.n > 0 || policy.error_rate !== undefined ? logRateProcess(canary, limit) : 0,
    refusals: logOddsProcess(blocksOf(requests, refused, all)),
    p: fisherTail(canary, stable),
  };
  const proof = neededFor(canary, stable, policy);
  const figures = {
    requests_canary: canary.n,
    requests_stable: stable.n,
    failures_canary: canary.bad,
    failures_stable: stable.bad,
    upper_bound: upperBound(canary.bad, canary.n, confidence),
    lower_bound: lowerBound(canary.bad, canary.n, confidence),
    limit,
    log_e_relative: found.relative,
    log_e_absolute: found.absolute,
    log_e_refusals: found.refusals,
    log_e_needed: Math.log(2 / alpha),
    fisher_p: found.p,
    more_needed: proof.more,
  };
  return {
    check: 'errors',
    figures: finite(figures),
    ...conclude(found, { stable, canary, limit, proof, alpha, policy, warm: warmingUp(input) }),
  };
};

/** Without a figure in the policy: twice what the old version may have by its own bound, and no less than the floor. */
const limitOf = ({ bad, n }: Outcomes, { error_rate, confidence }: JudgeInput['policy']): number =>
  error_rate ?? Math.max(smallestFault, 2 * upperBound(bad, n, confidence));

/**
 * How many more requests without a failure prove the limit. Where that comes from the old version it falls while that
 * one, too, gets its share of the requests: the proportion is taken to stay as it is, so that the number does not run
 * away from who waits for it.
 */
const neededFor = (
  canary: Outcomes,
  stable: Outcomes,
  policy: JudgeInput['policy'],
): { more: number; limit: number } => {
  const { error_rate, confidence } = policy;
  if (error_rate !== undefined) {
    const needed = requestsNeeded(canary.bad, Math.max(error_rate, 1e-9), confidence);
    return { more: Math.max(0, needed - canary.n), limit: error_rate };
  }
  // Each turn asks for at least as much as the one before, and never for more than the floor does: it comes to rest.
  for (let more = 0; ; ) {
    const grown = canary.n === 0 ? 0 : Math.round((more * stable.n) / canary.n);
    const limit = limitOf({ bad: stable.bad, n: stable.n + grown }, policy);
    const missing = requestsNeeded(0, limit, confidence) - canary.n;
    if (missing <= more) return { more, limit };
    more = missing;
  }
};

type Facts = {
  stable: Outcomes;
  canary: Outcomes;
  limit: number;
  proof: { more: number; limit: number };
  alpha: number;
  policy: JudgeInput['policy'];
  /** The new version has answered, but only while it was warming up. */
  warm: boolean;
};

const warmingUp = ({ requests }: JudgeInput): boolean => requests.some(({ slot }) => slot === 'canary');

const conclude = (
  found: { relative: number; absolute: number; refusals: number; p: number },
  { stable, canary, limit, proof, alpha, policy, warm }: Facts,
): Pick<Check, 'verdict' | 'because'> => {
  const rates = `${share(canary)} fail on the new version, ${share(stable)} on the old`;
  const stableOver = policy.error_rate !== undefined && lowerBound(stable.bad, stable.n, policy.confidence) > limit;
  // The budget of false alarms: half for the comparison, a quarter each for the figure and for refusals.
  const worse = found.relative > Math.log(2 / alpha) && (policy.error_rate === undefined || rate(canary) > limit);
  if (worse) return { verdict: 'fail', because: `${rates}: more than chance allows over all looks` };
  if (found.refusals > Math.log(4 / alpha))
    return { verdict: 'fail', because: 'the new version refuses (4xx) requests that the old one takes' };
  if (found.absolute > Math.log(4 / alpha) && !stableOver)
    return { verdict: 'fail', because: `${rates}: over the limit of ${percent(limit)}` };
  if (canary.n === 0) {
    const since = warm ? ` after its first ${policy.warmup_seconds} s, which are not counted` : '';
    return { verdict: 'cannot measure', because: `no request reached the new version${since}` };
  }
  if (stableOver)
    return {
      verdict: 'inconclusive',
      because: `${rates}: the old version is itself over the limit of ${percent(limit)}`,
    };
  if (proof.more > 0)
    return {
      verdict: 'inconclusive',
      because: `${rates}; ${proof.more} more without a failure are needed to prove at most ${percent(proof.limit)}`,
    };
  if (stable.n > 0 && found.p < doubtLevel(policy))
    return { verdict: 'inconclusive', because: `${rates}: looks worse, but chance is not ruled out over all looks` };
  return { verdict: 'pass', because: rates };
};

const countOf = (
  requests: RequestRecord[],
  slot: RequestRecord['slot'],
  isBad: (record: RequestRecord) => boolean,
): Outcomes => {
  const counted = { bad: 0, n: 0 };
  for (const record of requests) {
    if (record.slot !== slot) continue;
    counted.n++;
    if (isBad(record)) counted.bad++;
  }
  return counted;
};

/** An unfinished block waits for the next look; at the last one it counts. */
const blocksOf = (requests: RequestRecord[], isBad: (record: RequestRecord) => boolean, all: boolean): Block[] => {
  const blocks: Block[] = [];
  const end = all ? requests.length : requests.length - (requests.length % blockSize);
  for (let index = 0; index < end; index++) {
    if (index % blockSize === 0) blocks.push({ stable: { bad: 0, n: 0 }, canary: { bad: 0, n: 0 } });
    const outcomes = blocks.at(-1)![requests[index]!.slot];
    outcomes.n++;
    if (isBad(requests[index]!)) outcomes.bad++;
  }
  return blocks;
};

/**
 * Under it a step's end is in doubt. Doubt may come to a rollback as well, at each of several ends: a fifth of the
 * budget keeps good versions from it (2 to 3 % of simulated rollouts; at the whole budget it was 6 %).
 */
export const doubtLevel = ({ false_alarm }: JudgeInput['policy']): number => false_alarm / 5;

const rate = ({ bad, n }: Outcomes): number => (n === 0 ? 0 : bad / n);
const share = ({ bad, n }: Outcomes): string => `${bad} of ${n}`;
export const percent = (value: number): string => `${Number((value * 100).toPrecision(4))} %`;

/** JSON knows no infinity: such a figure is null. */
export const finite = (figures: Record<string, number>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number.isFinite(value) ? value : null]));
