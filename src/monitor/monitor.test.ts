import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { serviceSpecSchema } from '../artifacts/service/service-spec.ts';
import { alertRules, isWatched } from './alert-rules.ts';
import { alertTests } from './alert-tests.ts';
import { alertmanagerConfig } from './alertmanager-config.ts';
import { alertInput } from './from-spec.ts';
import { grafanaDashboard } from './grafana-dashboard.ts';
import { prometheusConfig } from './prometheus-config.ts';
import type { AlertInput, SlaItem, Watched } from './rule.ts';

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

const specOf = (changes: object) => serviceSpecSchema.parse({ name: 'tried', port: 8000, image: 'tried', ...changes });
const watched = (name: string): Watched => ({
  name,
  metrics: specOf({ metrics: { where: { path: '/predict' } } }).metrics,
  limits: { cpus: null, memoryMb: null },
});

/** Not of our making: other names, a language model's tokens, limits that only the spec knows. */
const foreign = specOf({
  name: 'shop',
  metrics: {
    path: '/actuator/prometheus',
    requests: 'http_server_requests_seconds_count',
    seconds: 'http_server_requests_seconds',
    status: 'code',
    where: { uri: '/orders' },
    tokens: 'llm_tokens_total',
  },
  resources: { cpus: 4, memory_mb: 512 },
  slas: [
    { requirement: 'OPS-7', subject: 'latency_p99', op: '<=', value: 0.4, unit: 's', words: 'orders within 400 ms' },
    { requirement: 'OPS-8', subject: 'availability', op: '>=', value: 0.999 },
  ],
});

const cases: Record<string, AlertInput> = {
  'a service that we did not make': alertInput(foreign, defaults),
  'a brief that says nothing': { service: watched('penguins'), items: [], defaults },
  'all latencies': {
    service: watched('house-price'),
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
    service: watched('价格 "x"'),
    items: [
      item('accuracy', '>=', 0.97),
      item('mae', '<=', 2.5, 'mpg'),
      item('error_rate', '<', 0.001),
      item('throughput', '>=', 200, 'rps'),
      item('memory', '<=', 512, 'MB'),
    ],
    defaults: { ...defaults, for_minutes: 3, failed_health_checks: 5 },
  },
  'high availability': { service: watched('a'), items: [item('availability', '>=', 0.999)], defaults },
  'very high availability': { service: watched('a'), items: [item('availability', '>=', 0.9999)], defaults },
  'availability just above the limit of burn rates': {
    service: watched('a'),
    items: [item('availability', '>=', 0.94)],
    defaults,
  },
  'availability below the limit of burn rates': {
    service: watched('a'),
    items: [item('availability', '>', 0.9)],
    defaults,
  },
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
      service: watched('penguins'),
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
    alertsOf({ service: watched('a'), items: [item('availability', '>=', value)], defaults })
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
    grafanaDashboard({
      service: watched('penguins'),
      items: [item('latency_p95', '<=', 50, 'ms')],
      predicts: 'labels',
    }),
  );
  expect(text).toContain('"value":0.05');
  expect(text).toContain('predictions_total');
  expect(text).not.toContain('prediction_value');
});

it('takes the measurable rows of a spec, in the words of the brief where it has them', () => {
  const { items } = alertInput(
    specOf({
      slas: [
        {
          requirement: 'REQ-001',
          subject: 'latency_p95',
          op: '<=',
          value: 50,
          unit: 'ms',
          words: 'P95 延迟不超过 50 毫秒',
        },
        { requirement: 'REQ-002', subject: 'latency_p99', op: '<=', value: 90, unit: 'ms' },
        { requirement: 'REQ-003', subject: 'cost', op: '<=', value: 'little' },
      ],
    }),
    defaults,
  );
  expect(items.map(({ id, words }) => [id, words])).toEqual([
    ['REQ-001', 'P95 延迟不超过 50 毫秒'],
    ['REQ-002', 'latency_p99 <= 90 ms'],
  ]);
});

it('asks a service for the metrics by the names of its spec', () => {
  const text = JSON.stringify(alertRules(alertInput(foreign, defaults)));
  expect(text).toContain('http_server_requests_seconds_bucket{job=\\"shop\\",uri=\\"/orders\\"}');
  expect(text).toContain('code=~');
  expect(text).toContain('llm_tokens_total');
  expect(text).not.toContain('requests_total{');
  expect(text).not.toContain('_limit_');
});

const noAmtool = spawnSync('amtool', ['--version']).error !== undefined;

describe.skipIf(noAmtool)(`amtool${noAmtool ? ' (skipped: amtool is not installed)' : ''}`, () => {
  const config = () =>
    write(
      'alertmanager.yml',
      alertmanagerConfig(cases['all latencies']!, { page: 'http://127.0.0.1:9/page', warning: null }),
    );
  const amtool = (...args: string[]) => spawnSync('amtool', args, { encoding: 'utf8' });

  it('accepts the routes', () => {
    const { status, stdout, stderr } = amtool('check-config', config());
    expect({ status, output: stdout + stderr }).toMatchObject({ status: 0 });
  });

  it.each([
    [['severity=page', 'alertname=ServiceDown'], 'page'],
    [['severity=warning', 'alertname=Cpu'], 'warning'],
    [['severity=page', 'service=house-price'], 'page'],
  ])('sends %j to %s', (labels, receiver) => {
    expect(amtool('config', 'routes', 'test', `--config.file=${config()}`, ...labels).stdout.trim()).toBe(receiver);
  });

  it('has a route of its own for each requirement', () => {
    const [{ id }] = cases['all latencies']!.items as [SlaItem];
    const shown = amtool('config', 'routes', 'show', `--config.file=${config()}`).stdout;
    expect(shown).toContain(`requirement="${id}"`);
    const args = ['config', 'routes', 'test', `--config.file=${config()}`, 'service=house-price', `requirement=${id}`];
    expect(amtool(...args, 'severity=page').stdout.trim()).toBe('page');
    expect(amtool(...args, 'severity=warning').stdout.trim()).toBe('warning');
  });
});
