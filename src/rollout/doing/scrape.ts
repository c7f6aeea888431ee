import { readMetrics } from '../../artifacts/service/metrics-text.ts';
import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import type { Instance } from '../../deploy/target/target.ts';

export type Predictions = Record<string, number>;
export type Scraped = { names: Set<string>; predictions: Predictions };

const limitMs = 3000;

/** The metrics of all copies of a version together; nothing where the service shows none. */
export const scrape = async (instances: Instance[], metrics: ServiceSpec['metrics']): Promise<Scraped> => {
  const texts = await Promise.all(instances.map((instance) => metricsText(instance, metrics.path)));
  const all: Scraped = { names: new Set(), predictions: {} };
  for (const { name, labels, value } of texts.flatMap(readMetrics)) {
    all.names.add(name);
    const key =
      name === metrics.predictions ? labels.label : name === `${metrics.values}_bucket` ? labels.le : undefined;
    if (key !== undefined) all.predictions[key] = (all.predictions[key] ?? 0) + value;
  }
  return all;
};

const metricsText = async ({ port }: Instance, path: string): Promise<string> => {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(limitMs) });
    return answer.ok ? await answer.text() : '';
  } catch {
    return ''; // a version that does not tell is judged by its answers alone
  }
};

/** Predictions between two looks; buckets of a histogram, which add up, are taken apart. Null: none was counted. */
export const predictionsBetween = (before: Scraped, after: Scraped): Predictions => {
  const keys = Object.keys(after.predictions);
  const grown = (key: string) =>
    Math.max(0, Math.round((after.predictions[key] ?? 0) - (before.predictions[key] ?? 0)));
  if (!keys.every((key) => key === '+Inf' || Number.isFinite(Number(key))))
    return Object.fromEntries(keys.map((key) => [key, grown(key)]));
  const edges = keys.sort((a, b) => edge(a) - edge(b));
  return Object.fromEntries(
    edges.map((key, index) => [key, Math.max(0, grown(key) - (index === 0 ? 0 : grown(edges[index - 1]!)))]),
  );
};

const edge = (key: string): number => (key === '+Inf' ? Number.POSITIVE_INFINITY : Number(key));
