import type { AlertInput } from './rule.ts';
import { secondsOf } from './sla-rules.ts';

/** Subjects that health checks and the difference of two readings of /metrics can tell. */
const byDifference = [
  'latency',
  'latency_mean',
  'latency_p50',
  'latency_p95',
  'latency_p99',
  'error_rate',
  'availability',
];
const latencies = byDifference.filter((subject) => subject.startsWith('latency'));

/** What a machine without Prometheus watches: `specwright watch` and the standalone script read the same plan. */
export type WatchPlan = {
  service: string;
  url: string;
  health: string;
  metrics: { path: string; requests: string; seconds: string; status: string; where: Record<string, string> };
  failed_health_checks: number;
  /** Requests in the window under which nothing is said of it. */
  fewest_requests: number;
  rows: { requirement: string; subject: string; op: string; value: number; words: string }[];
};

/** Values of latencies are milliseconds. What no requirement settles has the default of the rules, without an id. */
export const watchPlan = ({ service, items, defaults }: AlertInput, url: string, health = '/health'): WatchPlan => {
  const { path, requests, seconds, status, where } = service.metrics;
  const rows = items
    .filter(({ subject }) => byDifference.includes(subject))
    .map(({ id, subject, op, value, unit, words }) => ({
      requirement: id,
      subject,
      op,
      value: latencies.includes(subject) ? secondsOf({ value, unit }) * 1000 : value,
      words,
    }));
  const settled = (subjects: string[]) => rows.some(({ subject }) => subjects.includes(subject));
  const usual = (subject: string, value: number) => ({
    requirement: 'default',
    subject,
    op: '<=',
    value,
    words: `${subject} <= ${value}`,
  });
  return {
    service: service.name,
    url,
    health,
    metrics: { path, requests, seconds, status, where },
    failed_health_checks: defaults.failed_health_checks,
    fewest_requests: 20,
    rows: [
      ...rows,
      ...(settled(['error_rate', 'availability']) ? [] : [usual('error_rate', defaults.error_rate)]),
      ...(settled(latencies) ? [] : [usual('latency_p95', defaults.latency_p95_ms)]),
    ],
  };
};
