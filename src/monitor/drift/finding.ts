import { z } from 'zod';

export const findingKinds = ['schema', 'input', 'prediction', 'quality', 'service'] as const;

/** One thing that is not as the spec or the training has it. */
export const driftFinding = z.strictObject({
  kind: z.enum(findingKinds),
  /** The requirement that it touches; null: none of the spec's rows depends on it. */
  requirement: z.string().nullable(),
  /** A column, a subject of the requirements, or `prediction`. */
  what: z.string(),
  measure: z.string(),
  value: z.number(),
  threshold: z.number(),
  n: z.number().int(),
  effect_size: z.number(),
  /** Chance of such a figure without a change, and the level that it had to be under. */
  p: z.number(),
  level: z.number(),
});
export type DriftFinding = z.infer<typeof driftFinding>;

export const driftVerdicts = [
  'as trained',
  'inputs moved',
  'quality moved',
  'promise broken',
  'too little data',
] as const;

export const driftReport = z.strictObject({
  verdict: z.enum(driftVerdicts),
  rows: z.number().int(),
  labels: z.number().int(),
  tests: z.number().int(),
  findings: z.array(driftFinding),
  /** What could not be told, and why. */
  unknown: z.array(z.string()),
});
export type DriftReport = z.infer<typeof driftReport>;
