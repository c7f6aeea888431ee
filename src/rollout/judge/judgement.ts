import { z } from 'zod';

/** The two versions that are compared: the one that serves, and the one that is tried. */
export const slots = ['stable', 'canary'] as const;
export type Slot = (typeof slots)[number];

/** One answered (or lost) request, as the router saw it. */
export const requestRecord = z.strictObject({
  slot: z.enum(slots),
  /** Milliseconds since the window began. */
  at: z.number(),
  /** HTTP status; 0: no answer came. */
  status: z.number().int(),
  /** Milliseconds from the request's arrival to the end of its answer. */
  ms: z.number().min(0),
});
export type RequestRecord = z.infer<typeof requestRecord>;

const counts = z.record(z.string(), z.number().int().min(0));

/** What the judge is given: recorded facts only, so that the same file gives the same judgement, byte for byte. */
export const judgeInput = z.strictObject({
  policy: z.strictObject({
    false_alarm: z.number(),
    confidence: z.number(),
    error_rate: z.number().optional(),
    latency_ratio: z.number(),
    latency_floor_ms: z.number(),
    prediction_shift: z.number(),
    warmup_seconds: z.number(),
    metrics: z.array(z.string()),
  }),
  /** How many looks the rollout will take in all, and which one this is (from 1). */
  looks: z.strictObject({ planned: z.number().int().min(1), this: z.number().int().min(1) }),
  /** All requests since the rollout's window began, not only those since the last look: looks build on one another. */
  requests: z.array(requestRecord),
  /** Predictions of the window by label, or by bucket of their value; null: the service does not tell. */
  predictions: z.strictObject({ stable: counts, canary: counts }).nullable(),
  /** Answers whose truth is known: right and wrong, or absolute errors; null: there are no labels. */
  quality: z
    .union([
      z.strictObject({
        kind: z.literal('right'),
        stable: z.strictObject({ right: z.number().int(), wrong: z.number().int() }),
        canary: z.strictObject({ right: z.number().int(), wrong: z.number().int() }),
      }),
      z.strictObject({ kind: z.literal('error'), stable: z.array(z.number()), canary: z.array(z.number()) }),
    ])
    .nullable(),
  /** Metrics asked for by the policy that neither version shows. */
  missing_metrics: z.array(z.string()),
});
export type JudgeInput = z.infer<typeof judgeInput>;

export const verdicts = ['pass', 'fail', 'inconclusive', 'cannot measure'] as const;

export const judgement = z.strictObject({
  verdict: z.enum(verdicts),
  checks: z.array(
    z.strictObject({
      check: z.enum(['errors', 'latency', 'predictions', 'quality', 'metrics']),
      verdict: z.enum(verdicts),
      /** The figures the verdict rests on, by their statistical names. */
      figures: z.record(z.string(), z.number().nullable()),
      because: z.string(),
    }),
  ),
});
export type Judgement = z.infer<typeof judgement>;
