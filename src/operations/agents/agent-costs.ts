import { z } from 'zod';
import type { Entry } from '../../pipeline/journal.ts';

/** What models took in a stage, over all runs; `usd` is null where the price of a model was not known. */
export type AgentCost = {
  stage: string;
  models: string[];
  calls: number;
  failed: number;
  tokens: number;
  cached: number;
  usd: number | null;
};

const call = z.object({
  stage: z.string(),
  model: z.string(),
  input: z.number(),
  output: z.number(),
  cached: z.number(),
  usd: z.number().nullable(),
});

/** By the journal alone. Answers that were replayed cost nothing and are left out. */
export const agentCosts = (entries: readonly Entry[]): AgentCost[] => {
  const costs = new Map<string, AgentCost>();
  const of = (stage: string): AgentCost => {
    const cost = costs.get(stage) ?? { stage, models: [], calls: 0, failed: 0, tokens: 0, cached: 0, usd: 0 };
    costs.set(stage, cost);
    return cost;
  };
  for (const { kind, data } of entries) {
    if (kind === 'model.failed' && typeof data.stage === 'string') of(data.stage).failed += 1;
    const parsed = kind === 'model.called' && data.replayed !== true ? call.safeParse(data) : null;
    if (!parsed?.success) continue;
    const { stage, model, input, output, cached, usd } = parsed.data;
    const cost = of(stage);
    if (!cost.models.includes(model)) cost.models.push(model);
    cost.calls += 1;
    cost.tokens += input + output;
    cost.cached += cached;
    cost.usd = cost.usd === null || usd === null ? null : cost.usd + usd;
  }
  return [...costs.values()].sort((a, b) => (a.stage < b.stage ? -1 : 1));
};
