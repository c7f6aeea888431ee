import { z } from 'zod';
import { type Analysis, spokenAnalysis } from './analysis.ts';
import { AnalysisFault } from './fault.ts';

/**
 * Reads a model's answer: the whole text as JSON, then a fenced block, then the outermost braces. All four sections
 * must be there; only a score outside of 1..10 is put right, with a warning. Anything else is a PARSE_ERROR.
 */
export const parseAnswer = (answer: string): { result: Analysis; warnings: string[] } => {
  const value = firstObject(answer);
  if (value === null) {
    throw new AnalysisFault('PARSE_ERROR', 'The answer of the model holds no JSON object', {
      details: { characters: answer.length },
    });
  }
  const warnings: string[] = [];
  const parsed = spokenAnalysis.safeParse(withScoreInRange(value, warnings));
  if (parsed.success) return { result: parsed.data, warnings };
  throw new AnalysisFault('PARSE_ERROR', 'The answer of the model is not a whole analysis', {
    details: {
      problems: parsed.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.') || '(top)'}: ${message}`),
    },
  });
};

type JsonObject = Record<string, unknown>;

const firstObject = (answer: string): JsonObject | null => {
  const fenced = [...answer.matchAll(/```[a-zA-Z]*\s*\n([\s\S]*?)```/g)].map((match) => match[1]!);
  const braces = answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1);
  for (const text of [answer, ...fenced, braces]) {
    const value = asObject(text);
    if (value) return value;
  }
  return null;
};

const asObject = (text: string): JsonObject | null => {
  if (!text.trim().startsWith('{')) return null;
  try {
    const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // no JSON here: the next place is tried
  }
};

const scored = z.looseObject({ risk_assessment: z.looseObject({ overall_score: z.number() }) });

const withScoreInRange = (value: JsonObject, warnings: string[]): JsonObject => {
  const parsed = scored.safeParse(value);
  if (!parsed.success) return value;
  const score = parsed.data.risk_assessment.overall_score;
  const within = Math.min(10, Math.max(1, score));
  if (within === score) return value;
  warnings.push(`risk_assessment.overall_score was ${score}, taken as ${within}`);
  return { ...value, risk_assessment: { ...parsed.data.risk_assessment, overall_score: within } };
};
