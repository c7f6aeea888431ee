import { describe } from 'vitest';
import { batchCheck } from '../../src/stages/production/batch-run.ts';
import { deployStage } from '../../src/stages/production/deploy.ts';
import { imageStage } from '../../src/stages/production/image.ts';
import { operateStage } from '../../src/stages/production/operate.ts';
import { runtimeStage } from '../../src/stages/production/runtime.ts';
import { type Refusal, testGate } from './gate-testing.ts';

type EvidenceOf<S> = S extends { gate(evidence: infer E, ...rest: never[]): unknown } ? E : never;

describe('3.1 runtime', () => {
  type Evidence = EvidenceOf<typeof runtimeStage>;
  const passing = (): Evidence => ({
    target: 'docker',
    problem: null,
    proofs: [{ what: 'a container starts', command: 'docker run', exit_code: 0, output: '' }],
    gpu_needed: false,
    gpu_passthrough: false,
  });
  testGate(runtimeStage, passing, [
    [
      'the engine has a problem',
      (e) => {
        e.problem = { kind: 'daemon', message: 'the Docker daemon does not answer', next: 'Start it' };
      },
      'docker',
      /daemon.*Start it/,
    ],
    [
      'nothing was proved',
      (e) => {
        e.proofs = [];
      },
      'docker',
      /nothing was proved/,
    ],
    [
      'a proof fails',
      (e) => {
        e.proofs[0]!.exit_code = 125;
      },
      'docker run',
      /ended with 125/,
    ],
    [
      'a gpu is needed and not reachable',
      (e) => {
        e.gpu_needed = true;
      },
      'gpu',
      /cannot reach a GPU/,
    ],
  ] satisfies Refusal<Evidence>[]);
});

describe('3.2 image', () => {
  type Evidence = EvidenceOf<typeof imageStage>;
  const passing = (): Evidence => ({
    target: 'docker',
    check: { command: 'check', exitCode: 0, output: '', cuda: false },
    gpu: false,
    log: true,
    image: {
      tag: 'a:1',
      sizeMb: 230,
      baseMb: 145,
      layers: 5,
      user: '10001',
      secrets: [],
      limitMb: 500,
      overBaseMb: 150,
    },
  });
  testGate(imageStage, passing, [
    [
      'the log is missing',
      (e) => {
        e.log = false;
      },
      'reports/container_env_check.log',
      /not written/,
    ],
    [
      'the check fails',
      (e) => {
        e.check.exitCode = 1;
        e.check.output = 'no model';
      },
      'check',
      /no model/,
    ],
    [
      'cuda is not available',
      (e) => {
        e.gpu = true;
      },
      'reports/container_env_check.log',
      /cuda_available: true/,
    ],
    [
      'there is no image',
      (e) => {
        e.image = null;
      },
      'image',
      /no image/,
    ],
    [
      'the image is too large',
      (e) => {
        e.image!.limitMb = 200;
      },
      'a:1',
      /is 230 MB, at most 200/,
    ],
    [
      'it adds too much to its base',
      (e) => {
        e.image!.overBaseMb = 50;
      },
      'a:1',
      /85 MB over its base/,
    ],
    [
      'it runs as root',
      (e) => {
        e.image!.user = '';
      },
      'a:1',
      /runs as root/,
    ],
    [
      'it runs as user 0',
      (e) => {
        e.image!.user = '0:0';
      },
      'a:1',
      /runs as 0/,
    ],
    [
      'a layer holds a secret',
      (e) => {
        e.image!.secrets = ['API_KEY'];
      },
      'a:1',
      /API_KEY/,
    ],
  ] satisfies Refusal<Evidence>[]);
});

describe('3.3 deploy', () => {
  type Evidence = EvidenceOf<typeof deployStage>;
  const passing = (): Evidence => ({
    checks: [{ what: 'GET /health', expected: '200', found: '200', passed: true }],
    smoke: { requests: 10, wrong: 0, largest_difference: 0 },
    load: {
      rate: 100,
      windows: 1,
      seconds: 1,
      requests: 100,
      errors: 0,
      achieved_rps: 100,
      saturation_rps: 1000,
      latency_ms: { mean: 1, p50: 1, p95: 1, p99: 1, max: 1 },
    },
    slas: [
      {
        id: 'REQ-005',
        subject: 'latency_p95',
        op: '<=',
        asked: 50,
        measured: 3,
        unit: 'ms',
        met: true,
        confirmed: false,
        source: 's',
      },
    ],
    confirmations: [
      { id: 'REQ-006', what: 'license = MIT', confirmed: true, by: 'person' },
      { id: 'REQ-007', what: 'deadline = 14 days', confirmed: true, by: 'recommended' },
    ],
  });
  testGate(deployStage, passing, [
    [
      'an endpoint answers otherwise',
      (e) => {
        Object.assign(e.checks[0]!, { passed: false, found: '500' });
      },
      'GET /health',
      /expected 200, found 500/,
    ],
    [
      'no prediction was made',
      (e) => {
        e.smoke.requests = 0;
      },
      'POST /predict',
      /no real prediction/,
    ],
    [
      'predictions differ',
      (e) => {
        e.smoke.wrong = 2;
      },
      'POST /predict',
      /2 of 10/,
    ],
    [
      'no load was sent',
      (e) => {
        e.load.requests = 0;
      },
      'load',
      /no request/,
    ],
    [
      'a row is not met',
      (e) => {
        Object.assign(e.slas[0]!, { met: false, measured: 71 });
      },
      'REQ-005',
      /measured 71, asked <= 50 ms/,
    ],
    [
      'a row was not measured',
      (e) => {
        Object.assign(e.slas[0]!, { met: false, measured: null });
      },
      'REQ-005',
      /measured nothing/,
    ],
    [
      'the batch job fails',
      (e) => {
        e.checks.push(batchCheck({ exitCode: 1, stdout: '', stderr: 'no such column' }, { rows: 9, predictions: '' }));
      },
      'scripts/inference.py --input data/mini/data.csv',
      /expected 9 predictions, found exit code 1: no such column/,
    ],
    [
      'the answer for a row beyond measurement is stop',
      (e) => {
        Object.assign(e.slas[0]!, { met: false, measured: null, confirmed: false });
        Object.assign(e.confirmations[0]!, { id: 'REQ-005', confirmed: false });
      },
      'REQ-005',
      /measured nothing/,
    ],
    [
      'the answer for an item that no machine can show is stop',
      (e) => {
        e.confirmations[0]!.confirmed = false;
      },
      'REQ-006',
      /the answer .* was stop/,
    ],
  ] satisfies Refusal<Evidence>[]);
});

describe('3.4 operate', () => {
  type Evidence = EvidenceOf<typeof operateStage>;
  const passing = (): Evidence => ({
    rules: {
      alerts: [{ alert: 'LatencyP95', requirement: 'REQ-005' }],
      promtool: { available: true, check_exit: 0, test_exit: 0, output: '' },
    },
    metrics: [{ name: 'requests_total', found: true }],
    dashboard_panels: 5,
    drift_reference: { rows: 100, columns: 4 },
    threads: [{ id: 'REQ-005', what: 'latency', links: [{ name: 'words', found: true, detail: 'd', stage: '1.1' }] }],
    watched: ['REQ-005'],
    target: 'kubernetes',
    cluster: [{ file: '20-service.yaml', kind: 'Service', name: 'shop', fault: null }],
    rehearsal: {
      ran: true,
      target: 'process',
      router: 'haproxy',
      rate_rps: 100,
      requests: 400,
      failed: 0,
      seconds: 4,
      canary: { share_percent: 20, requests: 100, seen_percent: 19.8 },
      switched: { requests: 50, seen_percent: 100, complete: true },
      rollback: { seconds: 0.4, complete: true },
    },
  });
  const ran = ({ rehearsal }: Evidence) => {
    if (!rehearsal.ran) throw new Error('the passing evidence has a rehearsal that ran');
    return rehearsal;
  };
  testGate(operateStage, passing, [
    [
      'nothing was written for the cluster',
      (e) => {
        e.cluster = [];
      },
      'deploy/kubernetes',
      /no object/,
    ],
    [
      'a cluster would refuse an object',
      (e) => {
        e.cluster[0]!.fault = 'spec.ports[0].port must be integer';
      },
      'deploy/kubernetes/20-service.yaml',
      /Service shop: .*must be integer/,
    ],
    [
      'the rehearsal did not run',
      (e) => {
        e.rehearsal = { ran: false, because: 'no port is free' };
      },
      'rehearsal',
      /did not run to its end: no port is free/,
    ],
    [
      'requests failed in the rehearsal',
      (e) => {
        ran(e).failed = 3;
      },
      'rehearsal',
      /3 of 400 requests failed/,
    ],
    [
      'nothing was sent in the rehearsal',
      (e) => {
        ran(e).requests = 0;
      },
      'rehearsal',
      /no request was sent/,
    ],
    [
      'the second version did not take over',
      (e) => {
        ran(e).switched.complete = false;
      },
      'rehearsal',
      /did not get all traffic/,
    ],
    [
      'the canary had no traffic',
      (e) => {
        ran(e).canary.seen_percent = 0;
      },
      'rehearsal',
      /canary had no request/,
    ],
    [
      'the rollback did not return',
      (e) => {
        ran(e).rollback.complete = false;
      },
      'rehearsal',
      /did not come back/,
    ],
    [
      'promtool refuses the rules',
      (e) => {
        e.rules.promtool.check_exit = 1;
      },
      'deploy/monitoring/alerts.yml',
      /check rules/,
    ],
    [
      'the tests of the rules fail',
      (e) => {
        e.rules.promtool.test_exit = 1;
      },
      'deploy/monitoring/alerts.yml',
      /test rules/,
    ],
    [
      'a requirement has no rule',
      (e) => {
        e.rules.alerts = [];
      },
      'REQ-005',
      /no alert rule/,
    ],
    [
      'no metric was looked for',
      (e) => {
        e.metrics = [];
      },
      'GET /metrics',
      /no metric/,
    ],
    [
      'a metric is not shown',
      (e) => {
        e.metrics[0]!.found = false;
      },
      'requests_total',
      /does not show/,
    ],
    [
      'the dashboard is empty',
      (e) => {
        e.dashboard_panels = 0;
      },
      'deploy/monitoring/dashboard.json',
      /no panel/,
    ],
    [
      'the drift reference is empty',
      (e) => {
        e.drift_reference.rows = 0;
      },
      'deploy/monitoring/drift_reference.json',
      /nothing/,
    ],
    [
      'no requirement was followed',
      (e) => {
        e.threads = [];
      },
      'spec/requirements.md',
      /no requirement/,
    ],
    [
      'a thread is broken',
      (e) => {
        Object.assign(e.threads[0]!.links[0]!, { found: false, detail: 'comes from stage 1.1' });
      },
      'REQ-005',
      /broken at words/,
    ],
  ] satisfies Refusal<Evidence>[]);
});
