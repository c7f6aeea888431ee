import { readMetrics, type Sample } from '../artifacts/service/metrics-text.ts';
import type { WatchPlan } from './watch-plan.ts';

/** Counts of one reading of /metrics, all copies and labels together. */
export type Reading = { requests: number; failed: number; count: number; sum: number; buckets: Map<number, number> };

export const readingOf = (text: string, { metrics }: Pick<WatchPlan, 'metrics'>): Reading => {
  const asked = ({ labels }: Sample) => Object.entries(metrics.where).every(([name, value]) => labels[name] === value);
  const reading: Reading = { requests: 0, failed: 0, count: 0, sum: 0, buckets: new Map() };
  // One value that is not a number would make every sum so, and nothing would ever be breached.
  for (const sample of readMetrics(text).filter((one) => asked(one) && !Number.isNaN(one.value))) {
    if (sample.name === metrics.requests) {
      reading.requests += sample.value;
      if (/^5/.test(sample.labels[metrics.status] ?? '')) reading.failed += sample.value;
    }
    if (sample.name === `${metrics.seconds}_count`) reading.count += sample.value;
    if (sample.name === `${metrics.seconds}_sum`) reading.sum += sample.value;
    if (sample.name !== `${metrics.seconds}_bucket`) continue;
    const edge = sample.labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(sample.labels.le);
    reading.buckets.set(edge, (reading.buckets.get(edge) ?? 0) + sample.value);
  }
  return reading;
};

export type WindowFigures = { requests: number; figures: Record<string, number | null> };

/**
 * What happened between two readings, by subject: latencies in ms, shares of 1. Counters that went back mean a restart:
 * what the new process counts is then all that is known. Nothing is said of latencies where none was measured.
 */
export const betweenReadings = (before: Reading, now: Reading): WindowFigures => {
  const from =
    now.requests < before.requests
      ? { ...before, requests: 0, failed: 0, count: 0, sum: 0, buckets: new Map() }
      : before;
  const requests = now.requests - from.requests;
  const failed = now.failed - from.failed;
  const count = now.count - from.count;
  const edges = [...now.buckets.keys()].sort((a, b) => a - b);
  const grown = edges.map((edge) => ({ edge, below: now.buckets.get(edge)! - (from.buckets.get(edge) ?? 0) }));
  const at = (share: number) => quantileMs(grown, share);
  return {
    requests,
    figures: {
      error_rate: requests > 0 ? failed / requests : null,
      availability: requests > 0 ? 1 - failed / requests : null,
      latency: at(0.95),
      latency_mean: count > 0 ? ((now.sum - from.sum) / count) * 1000 : null,
      latency_p50: at(0.5),
      latency_p95: at(0.95),
      latency_p99: at(0.99),
    },
  };
};

/** As Prometheus' histogram_quantile: linear within a bucket, the last finite edge for what lies above all. */
const quantileMs = (buckets: { edge: number; below: number }[], share: number): number | null => {
  const total = buckets.at(-1)?.below ?? 0;
  if (total <= 0) return null;
  const rank = share * total;
  const index = buckets.findIndex(({ below }) => below >= rank);
  const { edge, below } = buckets[index]!;
  const lower = index === 0 ? { edge: 0, below: 0 } : buckets[index - 1]!;
  if (!Number.isFinite(edge)) return lower.edge * 1000;
  return (lower.edge + ((edge - lower.edge) * (rank - lower.below)) / Math.max(1e-12, below - lower.below)) * 1000;
};
