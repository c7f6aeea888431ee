import { z } from 'zod';

const text = z.string().trim().min(1);
const texts = z.array(text).min(1);
const level = z.enum(['low', 'medium', 'high']);

/** A whole decision analysis, out of these words for levels and amounts. */
const analysisOf = <L extends z.ZodType<'low' | 'medium' | 'high'>, A extends z.ZodType<string>>(
  levels: L,
  amounts: A,
) =>
  z
    .object({
      situation_analysis: z.object({ summary: text, key_findings: z.array(text).min(3).max(5) }),
      risk_assessment: z.object({
        overall_score: z.number().min(1).max(10),
        risk_factors: z.array(z.object({ name: text, level: levels, reason: text })).min(1),
      }),
      recommendations: z
        .array(
          z.object({
            title: text,
            investment_amount: amounts,
            expected_return: amounts,
            risk_level: levels,
            timeline: text,
            pros: texts,
            cons: texts,
            action_steps: texts,
          }),
        )
        .min(2),
      final_recommendation: z.object({
        choice: text,
        reasoning: text,
        confidence: z.number().min(0).max(1),
        key_assumptions: texts,
      }),
    })
    .refine(
      ({ recommendations, final_recommendation }) =>
        recommendations.some(({ title }) => title === final_recommendation.choice),
      { error: 'is none of the recommendations', path: ['final_recommendation', 'choice'] },
    );

/** All four sections, or it is none. */
export const analysisSchema = analysisOf(level, text);

/** Models write levels in either language and in any case, and amounts as bare numbers. */
const levelWords: Record<string, string> = {
  moderate: 'medium',
  低: 'low',
  较低: 'low',
  中: 'medium',
  中等: 'medium',
  较高: 'high',
  高: 'high',
};
const spokenLevel = z.preprocess((value) => {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  return typeof word === 'string' ? (levelWords[word] ?? word) : word;
}, level);
const spokenAmount = z.preprocess((value) => (typeof value === 'number' ? String(value) : value), text);

/** As a model says it; what comes out is of `analysisSchema`. */
export const spokenAnalysis = analysisOf(spokenLevel, spokenAmount);

export type Analysis = z.infer<typeof analysisSchema>;
export type Recommendation = Analysis['recommendations'][number];
export type Level = z.infer<typeof level>;

/** What is asked: the question, and whatever figures belong to it. */
export type Query = { query: string; context: Record<string, unknown>; history: Message[] };
export type Message = { role: 'user' | 'assistant'; content: string };

/** An analysis with where it came from. */
export type Analysed = { result: Analysis; model: string; tokens: number; promptVersion: string; warnings: string[] };

/** Who analyses: a model of a provider, or the engine's own figures. */
export type Analyst = (query: Query, signal: AbortSignal) => Promise<Analysed>;
