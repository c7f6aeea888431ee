import path from 'node:path';
import canonicalize from 'canonicalize';
import type { RolloutPolicy } from '../../artifacts/service/service-spec.ts';
import { isDiskFull } from '../../errors.ts';
import { sha256, writeAtomically } from '../../world/files.ts';
import { judge } from '../judge/judge.ts';
import type { JudgeInput, Judgement } from '../judge/judgement.ts';
import type { RolloutPlan } from '../release/state.ts';

export const looksPerStep = 10;
const shortestSeconds = 0.5;
const longestSeconds = 60;

/** Seconds between two looks at a step. */
export const lookEvery = (seconds: number): number =>
  Math.min(longestSeconds, Math.max(shortestSeconds, seconds / looksPerStep));

/** Looks of a whole rollout, extensions and the watch at the end among them: the judge shares its error among them. */
export const plannedLooks = (plan: RolloutPlan, { extend_to }: Pick<RolloutPolicy, 'extend_to'>): number =>
  plan.steps.reduce((sum, { seconds }) => sum + Math.ceil((seconds * extend_to) / lookEvery(seconds)), 0) +
  looksPerStep;

/** Looks that a rollout has behind it when it comes to a step. */
export const looksBefore = (plan: RolloutPlan, step: number, policy: Pick<RolloutPolicy, 'extend_to'>): number =>
  plannedLooks({ ...plan, steps: plan.steps.slice(0, step) }, policy) - looksPerStep;

/** Judges, and keeps what was judged under its hash, so that anyone can ask the judge again. */
export const judgeAndKeep = async (
  folder: string,
  input: JudgeInput,
  keep: (judgement: Judgement) => boolean,
): Promise<{ judgement: Judgement; evidence: string | null }> => {
  const judgement = judge(input);
  if (!keep(judgement)) return { judgement, evidence: null };
  const text = canonicalize(input) ?? 'null';
  const evidence = sha256(text);
  try {
    await writeAtomically(path.join(folder, 'looks', `${evidence}.json`), text);
  } catch (error) {
    // A full disk must not keep a bad version in the traffic; a good one has to wait for room.
    if (!isDiskFull(error) || judgement.verdict !== 'fail') throw error;
    return { judgement, evidence: null };
  }
  return { judgement, evidence };
};

/** The reason of the check that decided. */
export const becauseOf = ({ verdict, checks }: Judgement): string =>
  checks.find((check) => check.verdict === verdict)?.because ?? checks.map(({ because }) => because).join('; ');
