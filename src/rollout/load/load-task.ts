import type { Target } from './private-target.ts';

/** Milliseconds from each request's scheduled start to the end of its answer; infinite where nothing succeeded. */
export type Latency = { mean: number; p50: number; p95: number; p99: number; max: number };

export type LoadResult = {
  requests: number;
  /** Answers other than 2xx, and requests without an answer. */
  errors: number;
  /** Successful answers per second. */
  achievedRps: number;
  latency: Latency;
  /** By status, or by the name of the failure for requests without an answer. */
  statusCounts: Record<string, number>;
};

export type LoadPlan = { rate: number; warmupSeconds: number; seconds: number; connections: number };

export type LoadTask = { target: Target; bodies: string[] } & (
  | { kind: 'load'; plan: LoadPlan }
  | { kind: 'saturation'; startRate: number; limitRate: number }
);

export type LoadReply = { kind: 'load'; result: LoadResult } | { kind: 'saturation'; rps: number };
