import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { serviceSpecSchema } from '../../src/artifacts/service/service-spec.ts';
import { loadConfig } from '../../src/config.ts';
import { unusedPort } from '../../src/deploy/ports.ts';
import { alertInput } from '../../src/monitor/from-spec.ts';
import { dashboardQueries } from '../../src/monitor/grafana-dashboard.ts';
import { monitoringFiles } from '../../src/monitor/monitoring-files.ts';
import { watchService } from '../../src/operations/watching/watch-service.ts';
import { runLoad } from '../../src/rollout/load/open-loop-load.ts';
import { requestMix } from '../../src/rollout/load/request-mix.ts';
import { realWorld } from '../../src/world/world.ts';
import { hurried, startPrometheus, until } from './prometheus.ts';

const missing = ['prometheus', 'prometheus-alertmanager'].filter(
  (name) => spawnSync(name, ['--version']).error !== undefined,
);
const where = missing.length > 0 ? ` (skipped: no ${missing.join(', ')})` : '';

const config = loadConfig();
const world = realWorld(config);
const scratch = mkdtempSync(path.join(tmpdir(), 'monitoring-'));
const started: ChildProcess[] = [];
const told: { labels: Record<string, string>; annotations: Record<string, string> }[] = [];
const inbox = createServer(async (request, response) => {
  let text = '';
  for await (const part of request) text += part;
  told.push(...JSON.parse(text).alerts);
  response.end();
});

const start = (argv: string[], env: Record<string, string> = {}): ChildProcess => {
  const child = spawn(argv[0]!, argv.slice(1), { cwd: scratch, stdio: 'ignore', env: { ...process.env, ...env } });
  started.push(child);
  return child;
};

const spec = serviceSpecSchema.parse({
  name: 'shop',
  port: 8080,
  image: 'shop',
  traffic: [{ method: 'POST', path: '/orders', body: { what: 'tea' } }],
  metrics: {
    path: '/own-metrics',
    requests: 'shop_requests_total',
    seconds: 'shop_seconds',
    status: 'code',
    where: { uri: '/orders' },
    tokens: 'llm_tokens_total',
  },
  resources: { cpus: 1, memory_mb: 500 },
  slas: [
    { requirement: 'REQ-006', subject: 'error_rate', op: '<=', value: 0.01, words: '错误率不超过 1%' },
    { requirement: 'REQ-005', subject: 'latency_p95', op: '<=', value: 50, unit: 'ms', words: 'P95 at most 50 ms' },
  ],
});
const input = alertInput(spec, {
  error_rate: 0.05,
  cpu_percent: 80,
  memory_percent: 85,
  latency_p95_ms: 500,
  failed_health_checks: 3,
  for_minutes: 5,
});

const file = (name: string, text: string): string => {
  writeFileSync(path.join(scratch, name), text);
  return path.join(scratch, name);
};

let url = '';
let prometheus: Awaited<ReturnType<typeof startPrometheus>> | undefined;
let alertmanager = '';
let service: ChildProcess;
let load: Promise<unknown> = Promise.resolve();
const ending = new AbortController();

beforeAll(async () => {
  if (missing.length > 0) return;
  inbox.listen(0, '127.0.0.1');
  await once(inbox, 'listening');
  const inboxPort = (inbox.address() as AddressInfo).port;
  const [servicePort, alertmanagerPort] = [await unusedPort(), await unusedPort()];
  url = `http://127.0.0.1:${servicePort}`;
  alertmanager = `http://127.0.0.1:${alertmanagerPort}`;
  const files = monitoringFiles(input, {
    targets: [`127.0.0.1:${servicePort}`],
    predicts: null,
    alertmanagers: [`127.0.0.1:${alertmanagerPort}`],
    receivers: { page: `http://127.0.0.1:${inboxPort}/page`, warning: null },
  });
  mkdirSync(scratch, { recursive: true });
  file('alerts.yml', hurried(files['alerts.yml']!));
  file('alertmanager.yml', files['alertmanager.yml']!.replaceAll(/(group_wait|group_interval): \S+/g, '$1: 1s'));
  service = start([process.execPath, path.resolve('test/monitoring/service.mjs')], {
    PORT: String(servicePort),
    FAIL: 'yes',
  });
  start([
    'prometheus-alertmanager', '--config.file=alertmanager.yml', `--storage.path=${scratch}/alertmanager`,
    `--web.listen-address=127.0.0.1:${alertmanagerPort}`, '--cluster.listen-address=',
  ]); // biome-ignore format: one command
  prometheus = await startPrometheus(scratch, files['prometheus.yml']!);
  await until('the service', async () => (await fetch(`${url}/health`)).ok);
  await until('Alertmanager', async () => (await fetch(`${alertmanager}/-/ready`)).ok);
  load = runLoad({
    url, mix: requestMix(spec), rate: 20, seconds: 120, warmupSeconds: 0, connections: 8, signal: ending.signal,
  }).catch(() => undefined); // biome-ignore format: one call
});

afterAll(async () => {
  ending.abort();
  await load;
  prometheus?.stop();
  for (const child of started) child.kill('SIGKILL');
  inbox.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe.skipIf(missing.length > 0)(`a service of any making, watched by the real programs${where}`, () => {
  test('every query of the dashboard returns series', async () => {
    const queries = dashboardQueries({ ...input, predicts: null }, '5s');
    expect(queries.length).toBeGreaterThan(8);
    for (const query of queries) await prometheus!.series(query);
  });

  test("a page reaches the receiver with the requirement's id and words", async () => {
    await until('the page', async () => told.some(({ labels }) => labels.requirement === 'REQ-006'));
    const [alert] = told.filter(({ labels }) => labels.requirement === 'REQ-006');
    expect(alert).toMatchObject({
      labels: { alertname: 'ErrorRate', severity: 'page', service: 'shop' },
      annotations: { requirement: '错误率不超过 1%' },
    });
  });

  test('watch ends with the breached requirement, and with the outage when the service has gone', async () => {
    const specFile = file('service.yaml', stringify(spec));
    const watched = (seconds: number) =>
      watchService(
        { config, world },
        { spec: specFile, url },
        { seconds, every: 0.5 },
        { signal: ending.signal, tell: () => undefined },
      );
    expect(await watched(20)).toMatchObject([{ requirement: 'REQ-006', what: 'error_rate is 1, asked <= 0.01' }]);
    service.kill('SIGKILL');
    await once(service, 'exit');
    expect(await watched(20)).toMatchObject([{ requirement: 'default', what: '3 health checks in a row failed' }]);
  });
});
