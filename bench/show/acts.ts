import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { unusedPort } from '../../src/deploy/ports.ts';
import { readJournal } from '../../src/pipeline/journal.ts';
import type { Judgement } from '../../src/rollout/judge/judgement.ts';
import { ask, keepAlive, steadyTraffic, type Totals } from '../../test/rollout/clients.ts';
import type { ShowRecord } from './record.ts';
import { startWatchers } from './watchers.ts';

const program = fileURLToPath(new URL('../../test/rollout/service.mjs', import.meta.url));
export const image = 'specwright-test-service:1';
const rate = 200;

export type Stage = { record: ShowRecord; folder: string; target: 'process' | 'docker'; router: 'haproxy' | 'builtin' };
export type Outcome = {
  rolledOut: boolean;
  refused: boolean;
  returned: boolean;
  failedOnStable: number;
  alerted: boolean;
};

/** The whole course on one target: four acts under load, and a fifth in which the service breaks and an alert comes. */
export const perform = async (stage: Stage): Promise<Outcome> => {
  const { record, folder } = stage;
  const port = await unusedPort();
  const write = (version: string, settings: Record<string, string> = {}) =>
    writeFileSync(
      path.join(folder, 'service.yaml'),
      stringify(specOf(stage, { port, version, settings }), { lineWidth: 0 }),
    );
  const chosen = ['--target', stage.target, '--router', stage.router];
  write('1');
  record.write('The spec; each version changes `version`, and the bad one `FAULT`:');
  record.code(readFileSync(path.join(folder, 'service.yaml'), 'utf8'), 'yaml');

  record.write('### 1. The first version');
  await record.run('deploy', '--spec', 'service.yaml', ...chosen);
  const load = steadyTraffic(`http://127.0.0.1:${port}/predict`, { rate, method: 'POST' });
  await sleep(2000);
  record.write(`From here on ${rate} requests/s, open loop, keep-alive, never sent twice.`);

  record.write('### 2. A canary of a good version, to 100 %');
  write('2');
  const good = await record.run('canary', '--spec', 'service.yaml');
  await showJudgement(stage, 'pass', 'What the judge said at the end of the last step that it judged:');

  record.write('### 3. A canary of a version that fails one request in twenty');
  write('3', { FAULT: 'errors-5' });
  const bad = await record.run('canary', '--spec', 'service.yaml');
  await showJudgement(
    stage,
    'fail',
    'The look that ended it, judged once more from what was recorded (`specwright judge --replay`):',
  );
  await record.run('releases', '--spec', 'service.yaml');

  record.write('### 4. Back to the first version');
  const back = await record.run('rollback', '1', '--spec', 'service.yaml');
  await sleep(1000);
  const totals = await load.stop();
  const failedOnStable = showTotals(record, totals);

  record.write('### 5. The service breaks, and the alert says which promise that is');
  const alerted = await alert(stage, port);
  await record.run('down', '--spec', 'service.yaml');
  return { rolledOut: good.code === 0, refused: bad.code === 3, returned: back.code === 0, failedOnStable, alerted };
};

const specOf = (
  { target }: Stage,
  { port, version, settings }: { port: number; version: string; settings: Record<string, string> },
): object => ({
  name: 'shown',
  version,
  port: target === 'docker' ? 8080 : port,
  listen: { port },
  ...(target === 'docker' ? { image, read_only_root: true } : { run: { argv: [process.execPath, program] } }),
  resources: { memory_mb: 300, cpus: 1 },
  smoke: [{ method: 'POST', path: '/predict', body: {}, expect: { body: { output: 4 } } }],
  traffic: [{ method: 'POST', path: '/predict', body: {} }],
  settings: { ...(target === 'docker' ? { HOST: '0.0.0.0' } : {}), ...settings },
  slas: [
    {
      requirement: 'REQ-006',
      subject: 'error_rate',
      op: '<=',
      value: 0.01,
      words: 'at most one request in a hundred fails',
    },
    { requirement: 'REQ-005', subject: 'latency_p95', op: '<=', value: 50, unit: 'ms', words: 'P95 within 50 ms' },
  ],
  rollout: {
    steps: [
      { share_percent: 10, seconds: 20 },
      { share_percent: 50, seconds: 10 },
      { share_percent: 100, seconds: 5 },
    ],
    watch_seconds: 5,
    drain_seconds: 10,
    judge: { error_rate: 0.01 },
  },
});

/** The figures of the latest deciding look, judged once more by the command from the recorded window. */
const showJudgement = async (
  { record, folder }: Stage,
  verdict: Judgement['verdict'],
  words: string,
): Promise<void> => {
  const state = path.join(folder, '.specwright', 'shown');
  const look = readJournal(path.join(state, 'journal.jsonl')).findLast(
    ({ kind, data }) => kind === 'rollout.look' && data.verdict === verdict && typeof data.evidence === 'string',
  );
  if (!look) {
    record.write(`No look ended with *${verdict}*.`);
    return;
  }
  const file = path.join(state, 'looks', `${look.data.evidence}.json`);
  const replayed = await record.specwright('judge', '--replay', file, '--json');
  const { checks } = JSON.parse(replayed.stdout) as Judgement;
  record.write(words);
  record.table(
    ['check', 'verdict', 'because', 'figures'],
    checks.map(({ check, verdict: found, because, figures }) => [
      check,
      found,
      because,
      Object.entries(figures)
        .map(([name, value]) => `${name} ${value === null ? '–' : Number(value.toPrecision(4))}`)
        .join(', '),
    ]),
  );
};

const showTotals = (record: ShowRecord, { requests, failed, byVersion, failedByVersion }: Totals): number => {
  record.write('What the load generator counted from the second act on, by the version that answered:');
  record.table(
    ['version', 'answers', 'failed'],
    Object.entries(byVersion).map(([version, count]) => [version, count, failedByVersion[version] ?? 0]),
  );
  const onCanary = failedByVersion[3] ?? 0;
  record.write(
    `${requests} requests in all, ${failed} failed: ${onCanary} of them answers of the bad canary itself, **${failed - onCanary} on the stable path**.`,
  );
  return failed - onCanary;
};

const alert = async ({ record, folder }: Stage, port: number): Promise<boolean> => {
  await record.run('manifests', '--spec', 'service.yaml', '--out', 'written');
  const read = (name: string) => readFileSync(path.join(folder, 'written/monitoring', name), 'utf8');
  const files = Object.fromEntries(
    ['alerts.yml', 'alertmanager.yml', 'prometheus.yml'].map((name) => [name, read(name)]),
  );
  const { instances } = JSON.parse(
    (await record.specwright('releases', '--spec', 'service.yaml', '--json')).stdout.trim().split('\n').at(-1)!,
  );
  const watchers = await startWatchers(files, `127.0.0.1:${instances[0].port}`, folder);
  const load = steadyTraffic(`http://127.0.0.1:${port}/predict`, { rate: 50, method: 'POST' });
  try {
    await sleep(8000);
    record.write(
      `Prometheus and Alertmanager run on these files (minutes are seconds, pages go to a receiver of this script). Before: ${(await watchers.active()).length} active alerts. Then a third of the answers become errors.`,
    );
    await ask(`http://127.0.0.1:${port}/break`, keepAlive());
    const fits = ({ labels }: { labels: Record<string, string> }) => labels.requirement === 'REQ-006';
    for (let tries = 0; tries < 120 && !watchers.told.some(fits); tries++) await sleep(250);
    const page = watchers.told.find(fits);
    record.write('What Alertmanager shows (`/api/v2/alerts`), and what the receiver of pages was sent:');
    record.code(
      stringify(
        (await watchers.active()).filter(fits).map(({ labels, annotations }) => ({ labels, annotations })),
        { lineWidth: 0 },
      ),
      'yaml',
    );
    record.code(JSON.stringify(page ?? null, null, 2), 'json');
    record.write('The answer to it, and what comes after:');
    await record.run('rollback', '2', '--spec', 'service.yaml');
    return page !== undefined && page.annotations.requirement === 'at most one request in a hundred fails';
  } finally {
    await load.stop();
    watchers.stop();
  }
};
