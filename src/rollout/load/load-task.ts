import type { Target } from './private-target.ts';

/** Milliseconds from each request's scheduled start to the end of its answer; infinite where nothing succeeded. */
export type Latency = { mean: number; p50: number; p95: number; p99: number; max: number };

/** What happened to the requests that were scheduled for one second; `p95` in ms, infinite where nothing succeeded. */
export type Second = { second: number; requests: number; errors: number; p95: number };

export type LoadResult = {
  requests: number;
  /** Answers other than 2xx, and requests without an answer. */
  errors: number;
  /** Successful answers per second. */
  achievedRps: number;
  latency: Latency;
  /** By status, or by the name of the failure for requests without an answer. */
  statusCounts: Record<string, number>;
  timeline: Second[];
};

export type LoadPlan = { rate: number; warmupSeconds: number; seconds: number; connections: number };

/** A request as it is sent; `body` is its text, null for none. */
export type LoadRequest = { method: string; path: string; headers: Record<string, string>; body: string | null };

export type LoadTask = { target: Target; requests: LoadRequest[] } & (
  | { kind: 'load'; plan: LoadPlan }
  | { kind: 'saturation'; startRate: number; limitRate: number }
);

export type LoadReply = { kind: 'load'; result: LoadResult } | { kind: 'saturation'; rps: number };
