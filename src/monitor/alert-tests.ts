import { annotationsOf, labelsOf, watchedRules } from './alert-rules.ts';
import { type AlertInput, plain, scrapeSeconds, type TestSeries, type WatchedRule } from './rule.ts';

type AlertTest = {
  name: string;
  interval: string;
  input_series: { series: string; values: string }[];
  alert_rule_test: { eval_time: string; alertname: string; exp_alerts: object[] }[];
};

export type AlertTestFile = { rule_files: string[]; evaluation_interval: string; tests: AlertTest[] };

type Phase = { minutes: number; state: 'good' | 'bad' | 'spike' };

/** Unit tests for promtool: each rule fires on a lasting fault, is silent on a short spike, and ends with the fault. */
export const alertTests = (input: AlertInput, ruleFile = 'alerts.yaml'): AlertTestFile => ({
  rule_files: [ruleFile],
  evaluation_interval: '1m',
  tests: watchedRules(input).flatMap((rule) => [fires(rule, input), staysSilent(rule), resolves(rule)]),
});

const fires = (rule: WatchedRule, input: AlertInput): AlertTest => {
  const { lead, bad } = rule.test;
  const expected = {
    exp_labels: { ...labelsOf(rule, input), ...rule.resultLabels },
    exp_annotations: annotationsOf(rule),
  };
  return testOf(
    rule,
    'fires',
    [
      { minutes: lead, state: 'good' },
      { minutes: bad, state: 'bad' },
    ],
    [
      { minute: lead, alerts: [] },
      { minute: lead + bad, alerts: [expected] },
    ],
  );
};

const staysSilent = (rule: WatchedRule): AlertTest => {
  const { lead, spike } = rule.test;
  const after = rule.forMinutes + 10;
  const phases: Phase[] = [
    { minutes: lead, state: 'good' },
    { minutes: spike, state: 'spike' },
    { minutes: after, state: 'good' },
  ];
  const moments = Array.from({ length: after }, (_, index) => ({ minute: lead + 1 + index, alerts: [] }));
  return testOf(rule, 'stays silent on a short spike', phases, moments);
};

const resolves = (rule: WatchedRule): AlertTest => {
  const { lead, bad, tail } = rule.test;
  const phases: Phase[] = [
    { minutes: lead, state: 'good' },
    { minutes: bad, state: 'bad' },
    { minutes: tail, state: 'good' },
  ];
  return testOf(rule, 'resolves', phases, [{ minute: lead + bad + tail, alerts: [] }]);
};

const testOf = (
  rule: WatchedRule,
  title: string,
  phases: Phase[],
  moments: { minute: number; alerts: object[] }[],
): AlertTest => ({
  name: `${rule.alert} ${title}`,
  interval: `${scrapeSeconds}s`,
  input_series: rule.test.series.map((series) => ({ series: series.series, values: valuesOf(series, phases) })),
  alert_rule_test: moments.map(({ minute, alerts }) => ({
    eval_time: `${minute}m`,
    alertname: rule.alert,
    exp_alerts: alerts,
  })),
});

/** promtool's notation, one stretch for each phase: `start+step x count`, or `_` for no sample. */
const valuesOf = (series: TestSeries, phases: Phase[]): string => {
  let total = 0;
  const stretches = phases.map(({ minutes, state }) => {
    const samples = Math.max(1, Math.round((minutes * 60) / scrapeSeconds));
    const value = state === 'spike' ? (series.spike ?? series.bad) : series[state];
    if (value === null) return `_x${samples}`;
    if (series.kind === 'gauge') return `${plain(value)}+0x${samples - 1}`;
    const step = value * scrapeSeconds;
    const stretch = `${plain(total)}+${plain(step)}x${samples - 1}`;
    total += step * samples;
    return stretch;
  });
  return stretches.join(' ');
};
