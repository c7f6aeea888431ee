import { z } from 'zod';
import type { Analysis } from '../../ceoagent/analysis.ts';
import { embeddedAnalyst } from '../../ceoagent/embedded/analyst.ts';
import { AppError } from '../../errors.ts';

const object = z.record(z.string(), z.unknown());

/** One analysis without service and storage. */
export const analyseOnce = async (query: string, context: string): Promise<Analysis> => {
  const { result } = await embeddedAnalyst(() => 'none')(
    { query, context: readObject(context), history: [] },
    new AbortController().signal,
  );
  return result;
};

const readObject = (text: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('usage', `--context is no JSON: ${text.slice(0, 80)}`, {
      cause: error,
      hint: `Such as --context '{"investment": 500000}'`,
    });
  }
  const parsed = object.safeParse(value);
  if (!parsed.success)
    throw new AppError('usage', '--context is no JSON object', { hint: `Such as --context '{"investment": 500000}'` });
  return parsed.data;
};
