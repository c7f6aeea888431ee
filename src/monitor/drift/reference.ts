import { z } from 'zod';

const numbers = z.object({ quantiles: z.array(z.number()), mean: z.number().nullable(), std: z.number().nullable() });
const shares = z.object({ shares: z.record(z.string(), z.number()) });

const column = z.intersection(
  z.object({ name: z.string(), role: z.string(), missing: z.number().default(0) }),
  z.union([numbers, shares, z.object({})]),
);

/** `reference.json`: what the training rows and the predictions for them looked like. */
export const driftReference = z.object({
  n: z.number().int().positive(),
  columns: z.array(column),
  prediction: z.union([numbers, shares]).optional(),
});
export type DriftReference = z.infer<typeof driftReference>;
export type Described = z.infer<typeof numbers> | z.infer<typeof shares> | object;

export const isNumbers = (described: Described): described is z.infer<typeof numbers> =>
  'quantiles' in described && described.quantiles.length > 1;
export const isShares = (described: Described): described is z.infer<typeof shares> => 'shares' in described;
