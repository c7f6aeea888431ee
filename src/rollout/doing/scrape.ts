import { readMetrics, type Sample } from '../../artifacts/service/metrics-text.ts';
import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import type { Instance } from '../../deploy/target/target.ts';

export type Predictions = Record<string, number>;

const limitMs = 3000;

/** The metrics of one copy; nothing where it shows none. */
export const metricsOf = async ({ port }: Instance, path: string): Promise<Sample[]> => {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(limitMs) });
    return answer.ok ? readMetrics(await answer.text()) : [];
  } catch {
    return []; // a version that does not tell is judged by its answers alone
  }
};

export const namesIn = (samples: Sample[]): Set<string> => new Set(samples.map(({ name }) => name));

export type PredictionCount = {
  names: Set<string>;
  /** Predictions since the count began, by label or by bucket of their value. */
  predictions: Predictions;
};

/** Counts what the copies of a version predict from now on, on top of `carried`; each call reads their metrics anew. */
export const countPredictions = (
  instances: Instance[],
  metrics: ServiceSpec['metrics'],
  carried: Predictions = {},
): (() => Promise<PredictionCount>) => {
  const counters = new Map(instances.map(({ name }) => [name, growingCounts()]));
  return async () => {
    const samples = await Promise.all(instances.map((instance) => metricsOf(instance, metrics.path)));
    const all: Predictions = {};
    for (const [index, { name }] of instances.entries()) {
      const shown = samples[index]!;
      const grown = counters.get(name)!(shown.length === 0 ? null : countsOf(shown, metrics));
      for (const [key, count] of Object.entries(grown)) all[key] = (all[key] ?? 0) + count;
    }
    const predictions = perBucket(all);
    for (const [key, count] of Object.entries(carried)) predictions[key] = (predictions[key] ?? 0) + count;
    return { names: namesIn(samples.flat()), predictions };
  };
};

const countsOf = (samples: Sample[], metrics: ServiceSpec['metrics']): Predictions => {
  const counts: Predictions = {};
  for (const { name, labels, value } of samples) {
    const key =
      name === metrics.predictions ? labels.label : name === `${metrics.values}_bucket` ? labels.le : undefined;
    // What is not a number counts for nothing; it is no count that fell either.
    if (key !== undefined && Number.isFinite(value)) counts[key] = (counts[key] ?? 0) + value;
  }
  return counts;
};

/**
 * How far the counters of one copy have grown since the first reading. One that went back was set to zero, and all of
 * that copy with it: what they show then has come since. So no growth is ever below zero, and none is counted twice.
 * Null: the copy showed nothing this time.
 */
export const growingCounts = (): ((now: Predictions | null) => Predictions) => {
  const grown: Predictions = {};
  let last: Predictions | null = null;
  return (now) => {
    if (now === null) return { ...grown };
    const before = last ?? now;
    const wasReset = Object.entries(now).some(([key, value]) => value < (before[key] ?? 0));
    for (const [key, value] of Object.entries(now)) {
      const from = wasReset ? 0 : (before[key] ?? 0);
      grown[key] = (grown[key] ?? 0) + Math.round(value - from);
    }
    last = wasReset ? now : { ...before, ...now };
    return { ...grown };
  };
};

/** Buckets of a histogram add up, and are taken apart; labels are left as they are. */
export const perBucket = (counts: Predictions): Predictions => {
  const keys = Object.keys(counts);
  if (!keys.every((key) => key === '+Inf' || Number.isFinite(Number(key)))) return { ...counts };
  const edges = keys.sort((a, b) => edge(a) - edge(b));
  return Object.fromEntries(
    edges.map((key, index) => [key, Math.max(0, counts[key]! - (index === 0 ? 0 : counts[edges[index - 1]!]!))]),
  );
};

const edge = (key: string): number => (key === '+Inf' ? Number.POSITIVE_INFINITY : Number(key));
