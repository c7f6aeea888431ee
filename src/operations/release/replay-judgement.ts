import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { AppError, messageOf } from '../../errors.ts';
import { judge } from '../../rollout/judge/judge.ts';
import { type Judgement, judgeInput } from '../../rollout/judge/judgement.ts';

export type Replayed = { judgement: Judgement; text: string };

/** Judges a recorded window once more; `text` is canonical JSON, so that two replays can be compared byte by byte. */
export const replayJudgement = (file: string): Replayed => {
  const judgement = judge(readInput(file));
  return { judgement, text: canonicalize(judgement)! };
};

const readInput = (file: string) => {
  const hint = 'Give a file that a rollout recorded: its journal names one for each look.';
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new AppError('input.invalid', `${file}: ${messageOf(cause)}`, { cause, hint });
  }
  const parsed = judgeInput.safeParse(given);
  if (!parsed.success) throw new AppError('input.invalid', `${file}: ${z.prettifyError(parsed.error)}`, { hint });
  return parsed.data;
};
