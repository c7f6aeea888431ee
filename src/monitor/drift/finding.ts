import { z } from 'zod';
import { driftFinding } from '../../artifacts/documents/change-proposal.ts';

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
