import {
  type AlertDefaults,
  broken,
  plain,
  type SlaItem,
  type TestSeries,
  timesFor,
  type Watched,
  type WatchedRule,
  windowOf,
} from './rule.ts';
import { quantile, seriesOf, share } from './series.ts';

type Build = (service: Watched, item: SlaItem, defaults: AlertDefaults) => WatchedRule;

/** With fewer requests in the window a percentile or a share of them says nothing. */
const fewestRequests = 10;
const fewestFailures = 3;

export const secondsOf = ({ value, unit }: Pick<SlaItem, 'value' | 'unit'>): number =>
  unit === 's' ? value : value / 1000;

const latencyRule =
  (name: string, percentile: number | null): Build =>
  (service, item, defaults) => {
    const { buckets, count, sum, one } = seriesOf(service);
    const window = `${windowOf(defaults)}m`;
    const limit = secondsOf(item);
    const measured = percentile === null ? share(sum, count, window) : quantile(buckets, percentile, window);
    const edges = [limit / 2, limit, limit * 2, Number.POSITIVE_INFINITY];
    const series: TestSeries[] = edges.map((edge) => {
      const inBad = edge > limit ? 10 : 0;
      return { series: one.bucket(edge), kind: 'counter', good: 10, bad: inBad };
    });
    series.push({ series: one.count, kind: 'counter', good: 10, bad: 10 });
    series.push({ series: one.sum, kind: 'counter', good: 5 * limit, bad: 20 * limit });
    return {
      alert: `Latency${name}`,
      expr: `${measured} ${broken[item.op]} ${plain(limit)} and sum(increase(${count}[${window}])) >= ${fewestRequests}`,
      forMinutes: defaults.for_minutes,
      severity: 'page',
      requirement: item,
      summary: `${service.name}: latency (${name}) is over ${plain(limit * 1000)} ms`,
      test: { ...timesFor(defaults), series },
    };
  };

const errorRate: Build = (service, item, defaults) => {
  const { failed, requests, one } = seriesOf(service);
  const window = `${windowOf(defaults)}m`;
  const enough = `sum(increase(${failed}[${window}])) >= ${fewestFailures}`;
  return {
    alert: 'ErrorRate',
    expr: `${share(failed, requests, window)} ${broken[item.op]} ${plain(item.value)} and ${enough}`,
    forMinutes: defaults.for_minutes,
    severity: 'page',
    requirement: item,
    summary: `${service.name}: more than ${plain(item.value * 100)} % of the requests fail`,
    test: {
      ...timesFor(defaults),
      series: [
        { series: one.requests(200), kind: 'counter', good: 10, bad: 0 },
        { series: one.requests(500), kind: 'counter', good: 0, bad: 10 },
      ],
    },
  };
};

/** Little traffic breaks no promise: the rule asks for demand that is there and not served. */
const throughput: Build = (service, item, defaults) => {
  const { served, requests, one } = seriesOf(service);
  const window = `${windowOf(defaults)}m`;
  const limit = plain(item.value);
  return {
    alert: 'Throughput',
    expr: `sum(rate(${served}[${window}])) ${broken[item.op]} ${limit} and sum(rate(${requests}[${window}])) >= ${limit}`,
    forMinutes: defaults.for_minutes,
    severity: 'page',
    requirement: item,
    summary: `${service.name}: fewer than ${limit} requests a second are served although more come`,
    test: {
      ...timesFor(defaults),
      series: [
        { series: one.requests(200), kind: 'counter', good: 1.5 * item.value, bad: 0.5 * item.value },
        { series: one.requests(503), kind: 'counter', good: 0, bad: item.value },
      ],
    },
  };
};

const memory: Build = (service, item, defaults) => {
  const series = seriesOf(service);
  const bytes = item.value * 1e6;
  return {
    alert: 'Memory',
    expr: `max(${series.memory}) ${broken[item.op]} ${plain(bytes)}`,
    forMinutes: defaults.for_minutes,
    severity: 'page',
    requirement: item,
    summary: `${service.name}: more than ${plain(item.value)} MB of memory`,
    test: {
      ...timesFor(defaults),
      series: [{ series: series.one.memory, kind: 'gauge', good: bytes / 2, bad: bytes * 1.5 }],
    },
  };
};

/**
 * The service shows what its model measured on the sealed hold-out: a version that falls under the requirement must not
 * serve unnoticed. Quality on live traffic needs labels that come later.
 */
const quality: Build = (service, item, defaults) => {
  const { quality: measured, one } = seriesOf(service);
  const higherIsBetter = item.op.startsWith('>');
  const bad = higherIsBetter ? item.value * 0.5 : item.value * 2;
  const good = higherIsBetter ? item.value * 1.01 : item.value * 0.5;
  return {
    alert: 'ModelQuality',
    expr: `${higherIsBetter ? 'min' : 'max'}(${measured(item.subject)}) ${broken[item.op]} ${plain(item.value)}`,
    forMinutes: defaults.for_minutes,
    severity: 'warning',
    requirement: item,
    summary: `${service.name}: the serving model's ${item.subject} does not meet ${plain(item.value)}`,
    test: { ...timesFor(defaults), series: [{ series: one.quality(item.subject), kind: 'gauge', good, bad }] },
  };
};

const qualitySubjects = [
  ...['accuracy', 'precision', 'recall', 'f1', 'macro_f1', 'auc', 'r2', 'mae', 'rmse', 'mape', 'chrf', 'bleu'],
  ...['true_accept_rate', 'false_accept_rate', 'equal_error_rate', 'rank1'],
];

export const isQuality = (subject: string): boolean => qualitySubjects.includes(subject);

/** Which subjects of a requirement become a rule; availability has rules of its own kind. */
export const slaRules: ReadonlyMap<string, Build> = new Map([
  ['latency', latencyRule('P95', 0.95)],
  ['latency_mean', latencyRule('Mean', null)],
  ['latency_p50', latencyRule('P50', 0.5)],
  ['latency_p95', latencyRule('P95', 0.95)],
  ['latency_p99', latencyRule('P99', 0.99)],
  ['error_rate', errorRate],
  ['throughput', throughput],
  ['memory', memory],
  ...qualitySubjects.map((subject): [string, Build] => [subject, quality]),
]);
