import { z } from 'zod';

/** One request of a window: what was asked, what was answered, and what turned out to be true, where that is known. */
export const windowRow = z.object({
  id: z.union([z.string(), z.number()]).transform(String).optional(),
  input: z.record(z.string(), z.unknown()),
  prediction: z.union([z.string(), z.number()]).nullish(),
  /** Chances of the labels, where the service tells them. */
  scores: z.record(z.string(), z.number()).nullish(),
  truth: z.union([z.string(), z.number()]).nullish(),
  status: z.number().int().nullish(),
  ms: z.number().nullish(),
});
export type WindowRow = z.infer<typeof windowRow>;
