import type { LoadResult, Second } from './load-task.ts';
import { percentile } from './percentile.ts';
import type { Outcome } from './sender.ts';

type Window = { requests: number; begin: number; seconds: number };

/** Figures of a window that begins at the moment `begin`; what has no outcome yet is an error. */
export const loadSummary = (outcomes: Outcome[], { requests, begin, seconds }: Window): LoadResult => {
  const good = outcomes.filter(isGood);
  const statusCounts: Record<string, number> = {};
  for (const { status } of outcomes) statusCounts[status] = (statusCounts[status] ?? 0) + 1;
  if (outcomes.length < requests) statusCounts['no answer'] = requests - outcomes.length;
  const sorted = latenciesOf(good);
  const at = (share: number) => percentile(sorted, share);
  const end = good.reduce((latest, outcome) => Math.max(latest, outcome.end), begin);
  const mean = sorted.length === 0 ? Number.POSITIVE_INFINITY : sorted.reduce((a, b) => a + b, 0) / sorted.length;
  return {
    requests,
    errors: requests - good.length,
    achievedRps: good.length / Math.max(seconds, (end - begin) / 1000),
    latency: { mean, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
    statusCounts,
    timeline: timelineOf(outcomes, begin),
  };
};

const timelineOf = (outcomes: Outcome[], begin: number): Second[] =>
  [...Map.groupBy(outcomes, ({ scheduled }) => Math.max(0, Math.floor((scheduled - begin) / 1000 + 1e-6)))]
    .sort(([a], [b]) => a - b)
    .map(([second, some]) => {
      const good = some.filter(isGood);
      return {
        second,
        requests: some.length,
        errors: some.length - good.length,
        p95: percentile(latenciesOf(good), 0.95),
      };
    });

const isGood = ({ status }: Outcome): boolean => /^2\d\d$/.test(status);

const latenciesOf = (outcomes: Outcome[]): Float64Array =>
  Float64Array.from(outcomes, ({ end, scheduled }) => end - scheduled).sort();
