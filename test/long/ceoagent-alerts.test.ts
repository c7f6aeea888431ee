import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { serviceSpecSchema } from '../../src/artifacts/service/service-spec.ts';
import { embeddedAnalyst } from '../../src/ceoagent/embedded/analyst.ts';
import { loadConfig } from '../../src/config.ts';
import { unusedPort } from '../../src/deploy/ports.ts';
import { alertInput } from '../../src/monitor/from-spec.ts';
import { monitoringFiles } from '../../src/monitor/monitoring-files.ts';
import { packageFolder } from '../system/command-line.ts';
import { startModelServer } from '../system/model-servers.ts';
import { startPrometheus, until } from '../system/prometheus.ts';

const missing = ['prometheus', 'prometheus-alertmanager'].filter(
  (name) => spawnSync(name, ['--version']).error !== undefined,
);
const scratch = mkdtempSync(path.join(tmpdir(), 'ceoagent-alerts-'));
const { rules } = loadRules({ packageFolder: loadConfig().packageFolder, language: 'en' });
const spec = serviceSpecSchema.parse(
  parse(readFileSync(path.join(packageFolder, 'deploy/ceoagent/service.yaml'), 'utf8')),
);
type Alert = { status: string; labels: Record<string, string>; annotations: Record<string, string> };
const told: Alert[] = [];
const inbox = createServer(async (request, response) => {
  let text = '';
  for await (const part of request) text += part;
  told.push(...(JSON.parse(text) as { alerts: Alert[] }).alerts);
  response.end();
});
/** How the model behaves now. */
let mood: 'well' | 'dear' | 'broken' | 'slow' = 'well';
const children: ChildProcess[] = [];
const stops: (() => void)[] = [];
let url = '';
let service: ChildProcess;

const answer = async () => {
  const { result } = await embeddedAnalyst(() => 'v1')(
    { query: 'Invest $2 million, returning $600k a year for 6 years?', context: {}, history: [] },
    new AbortController().signal,
  );
  return JSON.stringify(result);
};

/** The rules as written, with seconds in place of minutes; the day stays a day, the thresholds stay what they are. */
const hurried = (text: string): string => {
  const parsed = parse(text) as { groups: { rules: { expr: string; for: string }[] }[] };
  for (const rule of parsed.groups.flatMap((group) => group.rules)) {
    rule.for = '1s';
    rule.expr = rule.expr.replaceAll(/\[\d+m\]/g, '[10s]').replaceAll(/\[40s\]/g, '[4s]');
  }
  return stringify(parsed, { lineWidth: 0 });
};

const ask = async (): Promise<number> => {
  const reply = await fetch(`${url}/api/v1/analyze`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'Shall we?' }),
  });
  await reply.arrayBuffer();
  return reply.status;
};
const fired = (requirement: string) =>
  told.some(({ status, labels }) => status === 'firing' && labels.requirement === requirement);

beforeAll(async () => {
  if (missing.length > 0) return;
  inbox.listen(0, '127.0.0.1');
  await once(inbox, 'listening');
  const text = await answer();
  const model = await startModelServer(async (_, response) => {
    if (mood === 'slow') await pause(31_000);
    if (mood === 'broken') {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
      return undefined;
    }
    const usage = { input_tokens: mood === 'dear' ? 30_000 : 10, output_tokens: 10 };
    const message = { id: 'm', type: 'message', role: 'assistant', model: 's', stop_reason: 'end_turn', stop_sequence: null, usage };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...message, content: [{ type: 'text', text }] }));
    return undefined;
  }); // biome-ignore format: a message
  stops.push(model.close);
  const [port, alertmanagerPort] = [await unusedPort(), await unusedPort()];
  url = `http://127.0.0.1:${port}`;
  const input = alertInput(spec, { ...rules.DOCKER_CONFIG.alerts, failed_health_checks: 3 });
  const files = monitoringFiles(input, {
    targets: [`127.0.0.1:${port}`],
    predicts: null,
    alertmanagers: [`127.0.0.1:${alertmanagerPort}`],
    receivers: {
      page: `http://127.0.0.1:${(inbox.address() as AddressInfo).port}/page`,
      warning: `http://127.0.0.1:${(inbox.address() as AddressInfo).port}/warning`,
    },
  });
  writeFileSync(path.join(scratch, 'alerts.yml'), hurried(files['alerts.yml']!));
  writeFileSync(
    path.join(scratch, 'alertmanager.yml'),
    files['alertmanager.yml']!.replaceAll(/(group_wait|group_interval): \S+/g, '$1: 1s'),
  );
  service = spawn(process.execPath, [path.join(packageFolder, 'bin/ceoagent.js'), 'serve'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      PORT: String(port),
      DATA_DIR: path.join(scratch, 'data'),
      ANTHROPIC_API_KEY: 'k',
      ANTHROPIC_BASE_URL: model.url,
    },
  });
  children.push(service);
  children.push(
    spawn(
      'prometheus-alertmanager',
      [
        `--config.file=${scratch}/alertmanager.yml`, `--storage.path=${scratch}/alertmanager`,
        `--web.listen-address=127.0.0.1:${alertmanagerPort}`, '--cluster.listen-address=',
      ], // biome-ignore format: one command
      { stdio: 'ignore' },
    ),
  );
  await until('CEOAgent', async () => (await fetch(`${url}/health`)).ok);
  const prometheus = await startPrometheus(scratch, files['prometheus.yml']!);
  stops.push(prometheus.stop);
  await until('Alertmanager', async () => (await fetch(`http://127.0.0.1:${alertmanagerPort}/-/ready`)).ok);
  await prometheus.series('tokens_total');
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const stop of stops) stop();
  inbox.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe.skipIf(missing.length > 0)('the four figures of the checklist, section 6.2, on a real CEOAgent', () => {
  test('while all is well nobody is told anything', async () => {
    for (let second = 0; second < 12; second++) {
      expect(await ask()).toBe(200);
      await pause(500);
    }
    expect(told).toEqual([]);
  });

  test('tokens: more than 100,000 in a day', async () => {
    mood = 'dear';
    for (let times = 0; times < 5; times++) {
      expect(await ask()).toBe(200);
      await pause(1000);
    }
    await until('the alert on tokens', async () => fired('CEO-TOKENS'));
    expect(told.find(({ labels }) => labels.requirement === 'CEO-TOKENS')).toMatchObject({
      labels: { alertname: 'TokensPerDay', severity: 'warning', service: 'ceoagent' },
      annotations: { requirement: 'Token 使用日均不超过 100k' },
    });
  });

  test('errors: more than 5 % of the analyses', async () => {
    mood = 'broken';
    await until('the alert on errors', async () => {
      expect(await ask()).toBe(502);
      return fired('CEO-ERRORS');
    });
    expect(told.find(({ labels }) => labels.requirement === 'CEO-ERRORS')).toMatchObject({
      labels: { alertname: 'ErrorRate', severity: 'page' },
    });
  });

  test('time: the 95th percentile over 30 s, whatever health checks take', async () => {
    mood = 'slow';
    const slow = Array.from({ length: 12 }, ask);
    expect(new Set(await Promise.all(slow))).toEqual(new Set([200]));
    await until('the alert on time', async () => fired('CEO-LATENCY'));
  });

  test('availability: three checks in a row without an answer', async () => {
    service.kill('SIGKILL');
    await once(service, 'exit');
    await until('the alert on availability', async () => told.some(({ labels }) => labels.alertname === 'ServiceDown'));
    await until('its requirement', async () => fired('CEO-AVAILABILITY'));
  });
});
