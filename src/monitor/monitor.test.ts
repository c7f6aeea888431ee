import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { alertRules, isWatched } from './alert-rules.ts';
import { alertTests } from './alert-tests.ts';
import { grafanaDashboard } from './grafana-dashboard.ts';
import { prometheusConfig } from './prometheus-config.ts';
import type { AlertInput, SlaItem } from './rule.ts';
import { slaItems } from './sla-items.ts';

const defaults = {
  error_rate: 0.05,
  cpu_percent: 80,
  memory_percent: 85,
  latency_p95_ms: 500,
  failed_health_checks: 3,
  for_minutes: 5,
};
let next = 1;
const item = (subject: string, op: SlaItem['op'], value: number, unit: string | null = null): SlaItem => ({
  id: `REQ-${String(next++).padStart(3, '0')}`,
  subject,
  op,
  value,
  unit,
  words: `${subject} "${op}" ${value}，按原话 {{ .Value }}: # it's`,
});

const cases: Record<string, AlertInput> = {
  'a brief that says nothing': { service: 'penguins', items: [], defaults },
  'all latencies': {
    service: 'house-price',
    items: [
      item('latency', '<=', 120, 'ms'),
      item('latency', '<=', 250, 'ms'),
      item('latency_mean', '<', 33.3, 'ms'),
      item('latency_p50', '<=', 20, 'ms'),
      item('latency_p99', '<=', 0.7, 's'),
    ],
    defaults,
  },
  'errors, load and memory': {
    service: '价格 "x"',
    items: [
      item('accuracy', '>=', 0.97),
      item('mae', '<=', 2.5, 'mpg'),
      item('error_rate', '<', 0.001),
      item('throughput', '>=', 200, 'rps'),
      item('memory', '<=', 512, 'MB'),
    ],
    defaults: { ...defaults, for_minutes: 3, failed_health_checks: 5 },
  },
  'high availability': { service: 'a', items: [item('availability', '>=', 0.999)], defaults },
  'very high availability': { service: 'a', items: [item('availability', '>=', 0.9999)], defaults },
  'availability just above the limit of burn rates': {
    service: 'a',
    items: [item('availability', '>=', 0.94)],
    defaults,
  },
  'availability below the limit of burn rates': { service: 'a', items: [item('availability', '>', 0.9)], defaults },
};

const folder = mkdtempSync(path.join(tmpdir(), 'specwright-monitor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: object): string => {
  const file = path.join(folder, name);
  writeFileSync(file, stringify(content));
  return file;
};
const promtool = (...args: string[]) => {
  const done = spawnSync('promtool', args, { encoding: 'utf8' });
  return { code: done.status, output: done.stdout + done.stderr };
};
const missing = spawnSync('promtool', ['--version']).error !== undefined;
const where = missing ? ' (skipped: promtool is not installed)' : '';

describe.skipIf(missing)(`promtool${where}`, () => {
  it.each(Object.keys(cases))('accepts the rules, and they fire, stay silent and resolve: %s', (name) => {
    const input = cases[name]!;
    const rules = write('alerts.yaml', alertRules(input));
    expect(promtool('check', 'rules', rules)).toMatchObject({ code: 0 });
    const tests = write('alerts-test.yaml', alertTests(input));
    expect(promtool('test', 'rules', tests)).toMatchObject({ code: 0 });
  });

  it('accepts the configuration', () => {
    write('alerts.yaml', alertRules(cases['all latencies']!));
    const config = prometheusConfig({
      service: 'penguins',
      targets: ['127.0.0.1:8000'],
      ruleFiles: ['alerts.yaml'],
      alertmanagers: ['127.0.0.1:9093'],
    });
    expect(promtool('check', 'config', write('prometheus.yml', config))).toMatchObject({ code: 0 });
  });

  it('refuses a test of a rule that was changed, so the tests do test', () => {
    const input = cases['high availability']!;
    const rules = alertRules(input);
    for (const rule of rules.groups.flatMap((group) => group.rules)) rule.expr = rule.expr.replaceAll('14.4', '1');
    for (const rule of rules.groups[0]!.rules) rule.expr = `(${rule.expr}) > 2`;
    write('alerts.yaml', rules);
    expect(promtool('test', 'rules', write('alerts-test.yaml', alertTests(input)))).toMatchObject({ code: 1 });
  });
});

const alertsOf = (input: AlertInput) => alertRules(input).groups.flatMap(({ rules }) => rules);

it('names the requirement in each rule that comes from one', () => {
  const input = cases['all latencies']!;
  const rules = alertsOf(input).filter(({ labels }) => labels.requirement);
  expect(rules.map(({ labels }) => labels.requirement)).toEqual(input.items.map(({ id }) => id));
  expect(rules[0]!.annotations.requirement).toContain('latency "<=" 120');
});

it('leaves a subject that the brief settles to its requirement', () => {
  const names = (input: AlertInput) => alertsOf(input).map(({ alert }) => alert);
  expect(names(cases['a brief that says nothing']!)).toEqual([
    'ServiceDown',
    'NoData',
    'Cpu',
    'MemoryShare',
    'ErrorRate',
    'LatencyP95',
  ]);
  expect(names(cases['errors, load and memory']!)).not.toContain('MemoryShare');
});

it('pages by burn rate only where the target lets it', () => {
  const names = (value: number) =>
    alertsOf({ service: 'a', items: [item('availability', '>=', value)], defaults })
      .map(({ alert }) => alert)
      .filter((alert) => alert.startsWith('Availability'));
  expect(names(0.9306)).toEqual(['AvailabilityRequests', 'AvailabilityProbes']);
  expect(names(0.9307)).toContain('AvailabilityRequestsFast');
});

it('says which subjects it cannot watch', () => {
  expect(['latency_p95', 'availability', 'accuracy', 'image_size', 'constructor'].map(isWatched)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

it('draws the requirement into the panel that measures it', () => {
  const text = JSON.stringify(
    grafanaDashboard({ service: 'penguins', items: [item('latency_p95', '<=', 50, 'ms')], predicts: 'labels' }),
  );
  expect(text).toContain('"value":0.05');
  expect(text).toContain('predictions_total');
  expect(text).not.toContain('prediction_value');
});

it('takes the measurable rows of the requirements, in the words of the brief', () => {
  const row = { op: '<=', unit: 'ms', source: 'stated', confidence: 1, measured_by: 'load' } as const;
  const rows = slaItems([
    { ...row, id: 'REQ-001', kind: 'sla', subject: 'latency_p95', value: 50, quote: 'P95 延迟不超过 50 毫秒' },
    { ...row, id: 'REQ-002', kind: 'sla', subject: 'latency_p99', value: 90, quote: null },
    { ...row, id: 'REQ-003', kind: 'constraint', subject: 'hardware', value: 'cpu', quote: null },
  ]);
  expect(rows.map(({ id, words }) => [id, words])).toEqual([
    ['REQ-001', 'P95 延迟不超过 50 毫秒'],
    ['REQ-002', 'latency_p99 <= 90 ms'],
  ]);
});
