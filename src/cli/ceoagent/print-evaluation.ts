import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { embeddedAnalyst } from '../../ceoagent/embedded/analyst.ts';
import {
  type CaseScore,
  type EvaluationCase,
  evaluationCase,
  passMark,
  scoreAnswer,
  weights,
} from '../../ceoagent/evaluation.ts';
import { messageOf } from '../../errors.ts';
import { readText } from '../../world/files.ts';
import { createConsole } from '../show/console.ts';

/** Runs all cases and prints their points; the exit code is 0 above the pass mark, else 3. */
export const printEvaluation = async ({
  packageFolder,
  url,
  json,
}: {
  packageFolder: string;
  url: string | undefined;
  json: boolean;
}): Promise<number> => {
  const cases = z
    .array(evaluationCase)
    .min(10)
    .parse(parse(readText(path.join(packageFolder, 'samples/ceoagent/cases.yaml'))));
  const scores: CaseScore[] = [];
  for (const one of cases) scores.push(scoreAnswer(one, await answer(one, url)));
  const mean = (part: keyof typeof weights | 'total') =>
    scores.reduce((sum, one) => sum + one[part], 0) / scores.length;
  const total = mean('total');
  const console = createConsole({ json });
  for (const one of scores) {
    console.print(
      `${one.name.padEnd(20)} ${one.total.toFixed(0).padStart(3)}  ${one.completeness.toFixed(0)} + ${one.accuracy.toFixed(0)} + ${one.feasibility.toFixed(0)}${one.missed.length > 0 ? `  lacks ${one.missed.join('; ')}` : ''}`,
    );
  }
  console.print(
    `${scores.length} cases: ${total.toFixed(1)} of 100 (completeness ${mean('completeness').toFixed(1)} of ${weights.completeness}, accuracy ${mean('accuracy').toFixed(1)} of ${weights.accuracy}, feasibility ${mean('feasibility').toFixed(1)} of ${weights.feasibility}); needed: more than ${passMark}`,
  );
  if (json) console.json({ total, cases: scores });
  return total > passMark ? 0 : 3;
};

const answer = async ({ query, context }: EvaluationCase, url: string | undefined): Promise<unknown> => {
  if (url === undefined) {
    const { result } = await embeddedAnalyst(() => 'none')(
      { query, context, history: [] },
      new AbortController().signal,
    );
    return result;
  }
  try {
    const reply = await fetch(new URL('/api/v1/analyze', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, context }),
      signal: AbortSignal.timeout(120_000),
    });
    const body = z.looseObject({ data: z.looseObject({ result: z.unknown() }).optional() }).parse(await reply.json());
    return body.data?.result ?? null;
  } catch (error) {
    process.stderr.write(`${query.slice(0, 40)}: ${messageOf(error)}\n`);
    return null;
  }
};
