import {
  type AlertDefaults,
  plain,
  type SlaItem,
  scrapeSeconds,
  type TestSeries,
  timesFor,
  type Watched,
  type WatchedRule,
  windowOf,
} from './rule.ts';
import { seriesOf } from './series.ts';
import { slaRules } from './sla-rules.ts';

const latencies = ['latency', 'latency_mean', 'latency_p50', 'latency_p95', 'latency_p99'];

/** What every service is watched for; a subject that the brief settles is left to its requirement. */
export const defaultRules = (service: Watched, items: SlaItem[], defaults: AlertDefaults): WatchedRule[] => {
  const settled = (...subjects: string[]) => items.some(({ subject }) => subjects.includes(subject));
  return [
    serviceDown(service, defaults),
    noData(service, defaults),
    cpu(service, defaults),
    ...(service.metrics.tokens === undefined ? [] : [tokens(service, items, defaults)]),
    ...(settled('memory') ? [] : [memory(service, defaults)]),
    ...(settled('error_rate') ? [] : [byDefault(service, 'error_rate', defaults.error_rate, null, defaults)]),
    ...(settled(...latencies) ? [] : [byDefault(service, 'latency_p95', defaults.latency_p95_ms, 'ms', defaults)]),
  ];
};

const byDefault = (
  service: Watched,
  subject: string,
  value: number,
  unit: string | null,
  defaults: AlertDefaults,
): WatchedRule => {
  const item: SlaItem = { id: '', subject, op: '<=', value, unit, words: '' };
  return { ...slaRules.get(subject)!(service, item, defaults), severity: 'warning', requirement: null };
};

const serviceDown = (service: Watched, { failed_health_checks: checks }: AlertDefaults): WatchedRule => {
  const { up, one } = seriesOf(service);
  const seconds = (checks - 1) * scrapeSeconds + Math.floor(scrapeSeconds * 0.7);
  return {
    alert: 'ServiceDown',
    expr: `max by (instance) (max_over_time(${up}[${seconds}s])) == 0`,
    forMinutes: 0,
    severity: 'page',
    requirement: null,
    summary: `${service.name}: ${checks} health checks in a row have failed`,
    resultLabels: { instance: 'one:8000' },
    test: {
      lead: 5,
      bad: Math.ceil((checks * scrapeSeconds) / 60) + 1,
      spike: ((checks - 1) * scrapeSeconds) / 60,
      tail: 3,
      series: [{ series: one.up, kind: 'gauge', good: 1, bad: 0 }],
    },
  };
};

/** A service without figures is not a healthy one. A series without new samples counts for five more minutes. */
const noData = (service: Watched, defaults: AlertDefaults): WatchedRule => {
  const { requests, absentLabels, one } = seriesOf(service);
  return {
    alert: 'NoData',
    expr: `absent(${requests})`,
    forMinutes: defaults.for_minutes,
    severity: 'page',
    requirement: null,
    summary: `${service.name}: no requests are counted`,
    resultLabels: absentLabels,
    test: {
      lead: 5,
      bad: 5 + defaults.for_minutes + 3,
      spike: 1,
      tail: 3,
      series: [{ series: one.requests(200), kind: 'gauge', good: 1, bad: null }],
    },
  };
};

const cpu = (service: Watched, defaults: AlertDefaults): WatchedRule => {
  const series = seriesOf(service);
  const limit = defaults.cpu_percent / 100;
  const cores = service.limits.cpus ?? 2;
  return {
    alert: 'Cpu',
    expr: `max(rate(${series.cpu}[${windowOf(defaults)}m]) / ${series.cpuLimit}) > ${plain(limit)}`,
    forMinutes: defaults.for_minutes,
    severity: 'warning',
    requirement: null,
    summary: `${service.name}: more than ${defaults.cpu_percent} % of the processor time that it may use`,
    test: {
      ...timesFor(defaults),
      series: [
        { series: series.one.cpu, kind: 'counter', good: (limit * cores) / 2, bad: cores * (1 + limit) },
        ...limitSeries(series.one.cpuLimit, cores),
      ],
    },
  };
};

const memory = (service: Watched, defaults: AlertDefaults): WatchedRule => {
  const series = seriesOf(service);
  const limit = defaults.memory_percent / 100;
  const bytes = (service.limits.memoryMb ?? 1000) * 1e6;
  return {
    alert: 'MemoryShare',
    expr: `max(${series.memory} / ${series.memoryLimit}) > ${plain(limit)}`,
    forMinutes: defaults.for_minutes,
    severity: 'warning',
    requirement: null,
    summary: `${service.name}: more than ${defaults.memory_percent} % of the memory that it may use`,
    test: {
      ...timesFor(defaults),
      series: [
        { series: series.one.memory, kind: 'gauge', good: (limit * bytes) / 2, bad: ((1 + limit) / 2) * bytes },
        ...limitSeries(series.one.memoryLimit, bytes),
      ],
    },
  };
};

/** Where the spec names the limit, the service shows none. */
const limitSeries = (series: string | null, value: number): TestSeries[] =>
  series === null ? [] : [{ series, kind: 'gauge', good: value, bad: value }];

/** Tokens cost money: more than a usual day's in one, or than the row allows that names a limit. */
const tokens = (service: Watched, items: SlaItem[], defaults: AlertDefaults): WatchedRule => {
  const { tokens: counter, one } = seriesOf(service);
  const row = items.find(({ subject }) => subject === 'tokens_per_day');
  const limit = row?.value ?? service.metrics.tokens_per_day;
  const perSecond = limit / 86_400;
  return {
    alert: 'TokensPerDay',
    expr: `sum(increase(${counter}[1d])) > ${plain(limit)}`,
    forMinutes: defaults.for_minutes,
    severity: 'warning',
    requirement: row ? { id: row.id, words: row.words } : null,
    summary: `${service.name}: more than ${plain(limit)} tokens in a day`,
    test: {
      lead: 5,
      bad: 10 + defaults.for_minutes,
      spike: 1,
      tail: 1445,
      series: [{ series: one.tokens, kind: 'counter', good: perSecond / 2, bad: perSecond * 200 }],
    },
  };
};
