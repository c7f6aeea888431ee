import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds, with the seed's threshold of 30 s among them. */
const edges = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The metrics of CEOAgent, all with `version` and `slot`, named as those of generated services. */
export const createMetrics = (labels: { version: string; slot: string }) => {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });
  const of = { registers: [registry] };
  const requests = new Counter({
    ...of,
    name: 'requests_total',
    help: 'Answered requests.',
    labelNames: ['path', 'status'],
  });
  const seconds = new Histogram({
    ...of,
    name: 'request_seconds',
    help: 'From the request to the end of its answer.',
    labelNames: ['path'],
    buckets: edges,
  });
  const tokens = new Counter({ ...of, name: 'tokens_total', help: 'Tokens of models.', labelNames: ['model'] });
  const analyses = new Counter({
    ...of,
    name: 'analyses_total',
    help: 'Analyses by outcome.',
    labelNames: ['outcome'],
  });
  const predictions = new Counter({
    ...of,
    name: 'predictions_total',
    help: 'Analyses by the risk level of the choice.',
    labelNames: ['label'],
  });
  const prompts = new Gauge({
    ...of,
    name: 'prompts_usable',
    help: '1: the prompts on disk can be used; 0: an older wording is in use.',
  });
  prompts.set(1);
  for (const label of ['low', 'medium', 'high']) predictions.inc({ label }, 0);
  for (const status of ['200', '500']) requests.inc({ path: '/api/v1/analyze', status }, 0);
  tokens.inc({ model: 'embedded' }, 0);
  return { registry, requests, seconds, tokens, analyses, predictions, prompts };
};

export type Metrics = ReturnType<typeof createMetrics>;
