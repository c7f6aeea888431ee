import {
  type AlertDefaults,
  plain,
  type SlaItem,
  type TestSeries,
  timesFor,
  type Watched,
  type WatchedRule,
} from './rule.ts';
import { seriesOf, share } from './series.ts';

/**
 * A budget of failures is burnt 14.4 or 6 times too fast: 2 % of a month's budget in an hour, 5 % in six.
 * The short window makes the alert end soon after the fault does.
 */
const burns = [
  { name: 'Fast', factor: 14.4, long: 60, short: 5, forMinutes: 2 },
  { name: 'Slow', factor: 6, long: 360, short: 30, forMinutes: 15 },
] as const;
type Burn = (typeof burns)[number];

/** Where 14.4 times the budget is all requests and more, no burn rate can be reached. */
export const highestThresholdTarget = 0.9306;

/** Two failed requests of a quiet night, or a probe lost on the way, are not an outage. */
const fewestFailures = 5;

export const availabilityRules = (service: Watched, item: SlaItem, defaults: AlertDefaults): WatchedRule[] => {
  const measures = [byRequests(service), byProbes(service, defaults)];
  if (item.value <= highestThresholdTarget) return measures.map((measure) => thresholdRule(item, defaults, measure));
  return measures.flatMap((measure) => burns.map((burn) => burnRule(item, measure, burn)));
};

type Measure = {
  name: string;
  what: string;
  /** Share that fails, over a window in minutes. */
  failing: (window: number) => string;
  enough: (window: number) => string;
  /** The spike fails this share of a minute's requests, or two probes. */
  series: (spikeShare: number) => TestSeries[];
  spikeMinutes: number;
};

const byRequests = (service: Watched): Measure => {
  const { failed, requests, one } = seriesOf(service);
  return {
    name: 'Requests',
    what: `${service.name}: requests fail`,
    failing: (window) => share(failed, requests, `${window}m`),
    enough: (window) => `sum(increase(${failed}[${window}m])) >= ${fewestFailures}`,
    series: (spikeShare) => [
      { series: one.requests(200), kind: 'counter', good: 10, bad: 0, spike: 10 * (1 - spikeShare) },
      { series: one.requests(500), kind: 'counter', good: 0, bad: 10, spike: 10 * spikeShare },
    ],
    spikeMinutes: 1,
  };
};

const byProbes = (service: Watched, { failed_health_checks }: AlertDefaults): Measure => {
  const { up, one } = seriesOf(service);
  return {
    name: 'Probes',
    what: `${service.name}: health checks fail`,
    failing: (window) => `1 - avg(avg_over_time(${up}[${window}m]))`,
    enough: (window) =>
      `sum(count_over_time(${up}[${window}m]) - sum_over_time(${up}[${window}m])) >= ${failed_health_checks}`,
    series: () => [{ series: one.up, kind: 'gauge', good: 1, bad: 0 }],
    spikeMinutes: 0.5,
  };
};

const percent = (value: number) => `${plain(value * 100)} %`;

const burnRule = (item: SlaItem, measure: Measure, burn: Burn): WatchedRule => {
  const limit = plain(burn.factor * (1 - item.value));
  const over = (window: number) => `(${measure.failing(window)}) > ${limit}`;
  return {
    alert: `Availability${measure.name}${burn.name}`,
    expr: `${over(burn.long)} and ${over(burn.short)} and ${measure.enough(burn.long)}`,
    forMinutes: burn.forMinutes,
    severity: burn.name === 'Fast' ? 'page' : 'warning',
    requirement: item,
    summary: `${measure.what} ${burn.factor} times faster than an availability of ${percent(item.value)} allows`,
    test: timesOf(burn, Number(limit), measure),
  };
};

/** An hour of history stands for any: shares are of the samples that there are. */
const historyMinutes = 60;

const timesOf = (burn: Burn, limit: number, measure: Measure): WatchedRule['test'] => {
  const untilOver = Math.min(burn.long, (historyMinutes * limit) / (1 - limit));
  return {
    lead: historyMinutes,
    bad: Math.ceil(untilOver) + burn.short + burn.forMinutes + 2,
    spike: measure.spikeMinutes,
    tail: burn.short + 5,
    series: measure.series(Math.min(1, 0.5 * limit * historyMinutes)),
  };
};

const thresholdRule = (item: SlaItem, defaults: AlertDefaults, measure: Measure): WatchedRule => ({
  alert: `Availability${measure.name}`,
  expr: `(${measure.failing(60)}) > ${plain(1 - item.value)} and ${measure.enough(60)}`,
  forMinutes: defaults.for_minutes,
  severity: 'page',
  requirement: item,
  summary: `${measure.what}: availability over an hour is under ${percent(item.value)}`,
  test: {
    ...timesFor(defaults),
    lead: 65,
    bad: 60 + defaults.for_minutes,
    spike: measure.spikeMinutes,
    tail: 65,
    series: measure.series(1),
  },
});
