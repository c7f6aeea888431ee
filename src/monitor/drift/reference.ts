import { z } from 'zod';

const numbers = z.object({ quantiles: z.array(z.number()), mean: z.number().nullable(), std: z.number().nullable() });
const shares = z.object({ shares: z.record(z.string(), z.number()) });

const column = z.intersection(
  z.object({
    name: z.string(),
    role: z.string(),
    missing: z.number().default(0),
    /** Of a text: the words that were frequent in training, and of each training text the share that they are. */
    terms: z.array(z.string()).optional(),
    familiar: numbers.optional(),
  }),
  z.union([numbers, shares, z.object({})]),
);

/** `reference.json`: what the training rows and the predictions for them looked like. */
export const driftReference = z.object({
  n: z.number().int().positive(),
  columns: z.array(column),
  prediction: z.union([numbers, shares]).optional(),
  /** The label that precision, recall, F1 and AUC are of; absent: the mean over all. */
  positive: z.string().nullish(),
});
export type DriftReference = z.infer<typeof driftReference>;
export type Described = z.infer<typeof numbers> | z.infer<typeof shares> | object;

export const isNumbers = (described: Described): described is z.infer<typeof numbers> =>
  'quantiles' in described && described.quantiles.length > 1;
export const isShares = (described: Described): described is z.infer<typeof shares> => 'shares' in described;
