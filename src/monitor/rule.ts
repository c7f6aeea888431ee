import type { Operator } from '../artifacts/requirements.ts';
import type { ServiceSpec } from '../artifacts/service/service-spec.ts';

/** A row of the requirements that can be watched in production. */
export type SlaItem = {
  id: string;
  subject: string;
  op: Operator;
  value: number;
  unit: string | null;
  /** The requirement in the words of the brief. */
  words: string;
};

/** Thresholds for what the brief leaves open: the numbers of the rule file DOCKER_CONFIG. */
export type AlertDefaults = {
  error_rate: number;
  cpu_percent: number;
  memory_percent: number;
  latency_p95_ms: number;
  failed_health_checks: number;
  for_minutes: number;
};

/** What the rules need to know of a service: its names for things, and what it may use (null: it says so itself). */
export type Watched = {
  name: string;
  metrics: ServiceSpec['metrics'];
  limits: { cpus: number | null; memoryMb: number | null };
};

export type AlertInput = { service: Watched; items: SlaItem[]; defaults: AlertDefaults };

export type AlertRule = {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
};

export type RuleFile = { groups: { name: string; rules: AlertRule[] }[] };

/** One input of a rule's own test: per second for a counter, the value itself for a gauge; null is no sample. */
export type TestSeries = {
  series: string;
  kind: 'counter' | 'gauge';
  good: number | null;
  bad: number | null;
  /** In the short spike, where it is milder than the lasting fault. */
  spike?: number;
};

/** A rule with what its test needs to know. Times are minutes. */
export type WatchedRule = {
  alert: string;
  expr: string;
  forMinutes: number;
  severity: 'page' | 'warning';
  /** Null for a default that no requirement names. */
  requirement: { id: string; words: string } | null;
  summary: string;
  /** Labels that the expression itself leaves on its result. */
  resultLabels?: Record<string, string>;
  test: { lead: number; bad: number; spike: number; tail: number; series: TestSeries[] };
};

/** Seconds between two readings of /metrics, each of which is a health check too. */
export const scrapeSeconds = 15;

/**
 * Window of rates for rules that must hold for some minutes: shorter than that time by more than a spike lasts,
 * since a spike stays in the window after it is over.
 */
export const windowOf = ({ for_minutes }: AlertDefaults): number => Math.max(1, Math.floor(for_minutes / 2));

/** What breaks a requirement with this operator. */
export const broken: Record<Operator, string> = { '<=': '>', '<': '>=', '>=': '<', '>': '<=', '=': '!=', in: '!=' };

/** Without the noise of binary fractions, in a form that PromQL and its tests read. */
export const plain = (value: number): string => String(Number(value.toPrecision(10)));

/** The common shape of a test: a minute of trouble is a spike, trouble that outlasts window and wait is a fault. */
export const timesFor = (defaults: AlertDefaults): Omit<WatchedRule['test'], 'series'> => ({
  lead: windowOf(defaults) + 5,
  bad: windowOf(defaults) + defaults.for_minutes + 3,
  spike: 1,
  tail: windowOf(defaults) + 3,
});
