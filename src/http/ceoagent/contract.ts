import { z } from 'zod';
import { analysisSchema } from '../../ceoagent/analysis.ts';

/** What `POST /api/v1/analyze` takes. */
export const analyzeBody = (longestQuery: number) =>
  z.strictObject({
    query: z
      .string()
      .max(longestQuery, `at most ${longestQuery} characters`)
      .refine((text) => text.trim() !== '', 'is empty')
      .describe('The decision, in Chinese or English.'),
    context: z.record(z.string(), z.json()).optional().describe('Figures and facts that belong to it.'),
    session_id: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/, 'letters, digits, . _ -, at most 100')
      .optional()
      .describe('Ties questions together: the last ten messages are remembered for an hour.'),
  });

const metadata = z.object({
  model: z.string(),
  tokens_used: z.number(),
  execution_time_ms: z.number(),
  prompt_version: z.string(),
  request_id: z.string(),
  warnings: z.array(z.string()).optional(),
});

export const analyzeReply = z.object({
  success: z.literal(true),
  data: z.object({ analysis_id: z.string(), query: z.string(), result: analysisSchema }),
  metadata,
});

const storedAnalysis = z.object({
  analysis_id: z.string(),
  session_id: z.string().nullable(),
  query: z.string(),
  context: z.record(z.string(), z.unknown()),
  result: analysisSchema,
  model: z.string(),
  tokens_used: z.number(),
  execution_time_ms: z.number(),
  prompt_version: z.string(),
  created_at: z.string(),
  feedback: z.object({ rating: z.number(), comment: z.string().nullable() }).nullable(),
});

const brief = z.object({ request_id: z.string() });

export const analysisReply = z.object({ success: z.literal(true), data: storedAnalysis, metadata: brief });
export const analysesReply = z.object({
  success: z.literal(true),
  data: z.object({ total: z.number(), limit: z.number(), offset: z.number(), items: z.array(storedAnalysis) }),
  metadata: brief,
});
export const page = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
});
export const analysisId = z.object({ id: z.string().regex(/^[0-9a-f-]{36}$/, 'is no id of an analysis') });
export const feedbackBody = z.strictObject({
  rating: z.number().int().min(1).max(5),
  comment: z.string().max(2000).optional(),
});
export const feedbackReply = z.object({
  success: z.literal(true),
  data: z.object({ analysis_id: z.string(), rating: z.number(), comment: z.string().nullable() }),
  metadata: brief,
});

export const errorReply = z.object({
  success: z.literal(false),
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown() }),
  metadata: brief,
});
