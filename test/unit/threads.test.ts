import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ArtifactDocument, inLanguage, readArtifact, renderArtifact } from '../../src/artifacts/document.ts';
import { type DeployReport, deployReportDocument } from '../../src/artifacts/documents/deploy-report.ts';
import { environmentDocument } from '../../src/artifacts/documents/environment.ts';
import { guidanceDocument } from '../../src/artifacts/documents/guidance.ts';
import { miniDatasetDocument } from '../../src/artifacts/documents/mini-dataset.ts';
import { requirementsDocument } from '../../src/artifacts/documents/requirements-document.ts';
import { technologyDocument } from '../../src/artifacts/documents/technology.ts';
import type { Item } from '../../src/artifacts/requirements.ts';
import { hasNoFigure, type SubjectWithoutFigure, subjects, vocabulary } from '../../src/artifacts/vocabulary.ts';
import type { Answer, Question } from '../../src/pipeline/questions.ts';
import { batchCheck } from '../../src/stages/production/batch-run.ts';
import { confirmUnmeasured } from '../../src/stages/production/confirmation.ts';
import { readThreads } from '../../src/stages/production/threads.ts';
import { sha256 } from '../../src/world/files.ts';
import { sampleRequirements, sampleTechnology } from './sample-documents.ts';

const model = 'the bytes of a model';
const version = sha256(model).slice(0, 12);

/** One item for each subject that has no figure, in the vocabulary's order. */
const values: Record<SubjectWithoutFigure, string> = {
  task: 'tabular_classification',
  target: 'species',
  metric: 'accuracy',
  positive_class: 'gentoo',
  horizon: '7 days',
  hardware: 'cpu',
  network: 'offline',
  framework: 'torch',
  language: 'python',
  license: 'MIT',
  privacy: 'on_premises',
  deadline: '14 days',
  http_api: 'http_api',
  batch_job: 'batch_job',
  notebook: 'notebook',
  model_file: 'model_file',
  dashboard: 'dashboard',
};
const shownSubjects = Object.keys(values) as SubjectWithoutFigure[];
const leftToPerson: SubjectWithoutFigure[] = ['language', 'license', 'privacy', 'deadline'];

const idOf = (subject: SubjectWithoutFigure) => `REQ-${String(shownSubjects.indexOf(subject) + 1).padStart(3, '0')}`;
const itemOf = (subject: SubjectWithoutFigure): Item => ({
  id: idOf(subject),
  kind: vocabulary[subject].kind,
  subject,
  op: '=',
  value: values[subject],
  unit: null,
  source: 'inferred',
  quote: null,
  confidence: 0.9,
  measured_by: 'm',
});

let root: string;

const write = (file: string, text: string) => {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
};
const put = <Data>(document: ArtifactDocument<Data>, data: Data) =>
  write(document.file, renderArtifact(document, data, 'en'));
const change = <Data>(document: ArtifactDocument<Data>, alter: (data: Data) => void) => {
  const data = readArtifact(root, document);
  alter(data);
  put(document, data);
};
const remove = (file: string) => rmSync(path.join(root, file));
const changeItem = (subject: SubjectWithoutFigure, rest: Partial<Item>) =>
  change(requirementsDocument, ({ items }) => Object.assign(items.find((one) => one.subject === subject)!, rest));

const measured = (subject: SubjectWithoutFigure) =>
  readThreads(root)
    .find(({ id }) => id === idOf(subject))!
    .links.find(({ name }) => name === 'measured')!;

const writeProject = () => {
  put(requirementsDocument, { ...sampleRequirements, items: shownSubjects.map(itemOf) });
  put(technologyDocument, sampleTechnology);
  put(environmentDocument, {
    python_version: '3.11.7',
    platform: 'Linux x86_64',
    folder: 'debug-cpu',
    device: 'cpu',
    gpu: { available: false, name: null, cuda: null },
    packages_installed: { torch: '2.13.0' },
    required: {},
    missing: [],
    foreign: [],
    pip_check: { exit_code: 0, output: '' },
    source: 'cache',
    clone: 'linked',
  });
  put(miniDatasetDocument, {
    rows: 90,
    full_rows: 240,
    from_holdout: 0,
    classes: [],
    target: null,
    columns: [],
    notebook: { exit_code: 0, cells: 9, executed: 9, figures: [{ file: '01.png', heading: 'h' }], error: '' },
  });
  put(guidanceDocument, {
    model: 'mlp',
    deployed: { run: 'runs/full', reason: 'r' },
    settings: [{ name: 'epochs', value: '20', range: '10-40', reason: 'r' }],
    forecasts: [{ what: 'accuracy', unit: null, predicted: 0.9, measured: 0.95, derivation: 'd' }],
    costs: {
      network: 'mlp',
      parameters: 1000,
      static_mb: 0.1,
      kb_per_row: 1,
      memory_error: 0.01,
      time_error: 0.01,
      learning_rate: 0.01,
    },
    machines: [
      {
        machine: 'm',
        processes: 1,
        memory_gb: null,
        largest_batch: null,
        batch: 8,
        accumulate: 1,
        epoch_seconds: 1,
        low: 0.9,
        high: 1.1,
        measured: true,
        derivation: 'd',
      },
    ],
    scripts: [{ machine: 'small', command: 'c', note: 'n' }],
    checklist: [{ item: 'i', done: true }],
    monitoring: [],
    distributed: { command: 'c', exit_code: 0, world_size: 2, seconds: 1 },
    training: {
      command: 'c',
      exit_code: 0,
      seconds: 1,
      epochs: 20,
      rows: 240,
      of_rows: 240,
      batch_size: 8,
      peak_memory_mb: 300,
      parameters: 1000,
      checkpoint_sha256: 's',
    },
    export: { version, model_mb: 0.1, max_abs_difference: 1e-6, tolerance: 1e-4, batches: [1, 7, 64] },
    holdout: {
      rows: 60,
      predictions_sha256: 's',
      metrics: { accuracy: 0.95 },
      own_metrics: { accuracy: 0.95 },
      baselines: [],
      comparisons: [],
    },
    slas: [],
  });
  put(deployReportDocument, deployReport());
  write('models/current/model.onnx', model);
  write(
    'models/current/model.json',
    JSON.stringify({ name: 'mlp', version, task: 'tabular_classification', target: 'species' }),
  );
  write(
    'models/current/parity.json',
    JSON.stringify({ batches: [1, 7, 64], max_abs_difference: 1e-6, tolerance: 1e-4 }),
  );
  write('runs/full/run.json', JSON.stringify(runRecord));
  write(
    'reports/container_env_check.log',
    'target: docker\ncommand: docker run --rm --network none penguins:1\nexit_code: 0\n\nsamples: 50 of 50\n',
  );
  write(
    'data/schema.json',
    JSON.stringify({
      task: 'time_series_forecasting',
      target: 'species',
      classes: null,
      positive_class: null,
      unit: null,
      horizon: 7,
      columns: [],
    }),
  );
  write('scripts/explore_data.ipynb', '{}');
  write('deploy/monitoring/dashboard.json', JSON.stringify({ panels: [{}, {}, {}] }));
};

const deployReport = (): DeployReport => ({
  target: 'docker',
  measured_on: 'docker',
  version,
  image: 'penguins:1',
  startup_seconds: 1,
  checks: [
    { what: 'GET /health', expected: '200', found: '200', passed: true },
    batchCheck(
      { exitCode: 0, stdout: '', stderr: '' },
      { rows: 90, predictions: `y_pred,p:a\n${'a,0.5\n'.repeat(90)}` },
    ),
  ],
  smoke: { requests: 50, wrong: 0, largest_difference: 0 },
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
  memory_mb: 100,
  footprint_mb: 200,
  slas: [],
  confirmations: leftToPerson.map((subject) => ({
    id: idOf(subject),
    what: `${vocabulary[subject].label.en} = ${values[subject]}`,
    confirmed: true,
    by: 'person',
  })),
});

const runRecord = {
  model: 'mlp',
  seed: 42,
  device: 'cpu',
  epochs: 20,
  batch_size: 8,
  steps: 600,
  seconds: 1,
  train_seconds: 1,
  peak_memory_mb: 300,
  parameters: 1000,
  rows_train: 200,
  rows_valid: 40,
  checkpoint_sha256: 's',
  versions: { python: '3.11.7', torch: '2.13.0+cpu' },
  metrics: { valid: { accuracy: 0.95 } },
  world_size: 1,
};

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'specwright-threads-'));
  writeProject();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the link "measured" of an item without a figure', () => {
  test('is made for every goal, constraint and deliverable of the vocabulary', () => {
    expect(shownSubjects).toEqual(subjects.filter(hasNoFigure));
    expect(shownSubjects.filter((subject) => !measured(subject).found)).toEqual([]);
  });

  test.each<[SubjectWithoutFigure, string, string]>([
    ['task', '2.4', 'tabular_classification: mlp, trained on 240 rows'],
    ['target', '2.4', 'models/current predicts species, 60 rows of it in the hold-out'],
    ['metric', '2.4', 'accuracy decided the choice; 0.95 on the hold-out of 60 rows'],
    ['positive_class', '1.2', 'species = gentoo: 90 training rows, 25 rows of the hold-out'],
    ['horizon', '1.2', '7 steps ahead, back-tested and measured on the hold-out at exactly this span'],
    ['hardware', '2.2', 'cpu: Linux x86_64, trained on cpu'],
    ['network', '3.2', '50 samples predicted rightly in a container without network'],
    ['framework', '2.2', 'torch 2.13.0 is installed; the run of mlp records 2.13.0+cpu'],
    ['http_api', '3.3', `1 checks of the endpoints, 50 predictions of version ${version} without a wrong one`],
    ['batch_job', '3.3', 'scripts/inference.py --input data/mini/data.csv: 90 predictions'],
    ['notebook', '2.2', 'scripts/explore_data.ipynb: 9 of 9 cells executed, 1 plots'],
    [
      'model_file',
      '2.4',
      `models/current/model.onnx, SHA-256 ${sha256(model)}, differs from the trained model by at most 0.000001 (allowed 0.0001)`,
    ],
    ['dashboard', '3.4', 'deploy/monitoring/dashboard.json: 3 panels'],
    ...leftToPerson.map((subject): [SubjectWithoutFigure, string, string] => [subject, '3.3', 'confirmed by a person']),
  ])('%s comes from stage %s: %s', (subject, stage, detail) => {
    expect(measured(subject)).toEqual({ name: 'measured', stage, found: true, detail });
  });

  test.each<[SubjectWithoutFigure, string, () => void]>([
    ['task', 'another family was trained', () => changeItem('task', { value: 'tabular_regression' })],
    ['target', 'another column is predicted', () => changeItem('target', { value: 'island' })],
    ['target', 'nothing was exported', () => remove('models/current/model.json')],
    ['metric', 'the choice was made by another', () => changeItem('metric', { value: 'f1' })],
    [
      'metric',
      'the hold-out has no figure for it',
      () => change(guidanceDocument, ({ holdout }) => delete holdout.metrics.accuracy),
    ],
    ['positive_class', 'the data have no such class', () => changeItem('positive_class', { value: 'chinstrap' })],
    ['horizon', 'the data were not prepared for a forecast', () => remove('data/schema.json')],
    ['hardware', 'the environment is of another device', () => changeItem('hardware', { value: 'gpu' })],
    ['hardware', 'a device is named that nobody has tried', () => changeItem('hardware', { note: 'raspberry pi' })],
    ['hardware', 'there is no environment report', () => remove(environmentDocument.file)],
    [
      'network',
      'the check ran with a network',
      () => write('reports/container_env_check.log', 'command: docker run --rm a\nexit_code: 0\nsamples: 50 of 50\n'),
    ],
    [
      'network',
      'no container was used and nobody confirms it',
      () =>
        change(deployReportDocument, (report) => {
          report.measured_on = 'process';
        }),
    ],
    ['framework', 'it is not installed', () => changeItem('framework', { value: 'paddle' })],
    ['framework', 'no run records it', () => remove('runs/full/run.json')],
    [
      'http_api',
      'an endpoint answers otherwise',
      () =>
        change(deployReportDocument, ({ checks }) => {
          checks[0]!.passed = false;
        }),
    ],
    [
      'batch_job',
      'it was never run',
      () =>
        change(deployReportDocument, ({ checks }) => {
          checks.pop();
        }),
    ],
    [
      'batch_job',
      'its run failed',
      () =>
        change(deployReportDocument, ({ checks }) => {
          checks[1]!.passed = false;
        }),
    ],
    [
      'notebook',
      'a cell did not run',
      () =>
        change(miniDatasetDocument, ({ notebook }) => {
          notebook.executed = 8;
        }),
    ],
    ['notebook', 'the file is gone', () => remove('scripts/explore_data.ipynb')],
    ['model_file', 'the file is another than the one that was exported', () => write('models/current/model.onnx', 'x')],
    ['dashboard', 'the file is gone', () => remove('deploy/monitoring/dashboard.json')],
    ['dashboard', 'it has no panel', () => write('deploy/monitoring/dashboard.json', '{"panels": []}')],
    [
      'license',
      'nobody was asked',
      () =>
        change(deployReportDocument, (report) => {
          report.confirmations = [];
        }),
    ],
    [
      'license',
      'the answer was stop',
      () =>
        change(deployReportDocument, ({ confirmations }) => {
          for (const one of confirmations) one.confirmed = false;
        }),
    ],
    ['license', 'the word was given for something else', () => changeItem('license', { value: 'GPL-3.0' })],
    ['deadline', 'nothing was deployed', () => remove(deployReportDocument.file)],
  ])('%s is not found where %s', (subject, _why, breakIt) => {
    breakIt();
    expect(measured(subject)).toMatchObject({ name: 'measured', found: false });
  });

  test('names the file that does not show it', () => {
    changeItem('framework', { value: 'paddle' });
    expect(measured('framework').detail).toBe('reports/env_check_report.md does not show it');
  });

  test('does not break the other items', () => {
    change(deployReportDocument, ({ checks }) => {
      checks[1]!.passed = false;
    });
    expect(measured('http_api').found).toBe(true);
    expect(measured('license').found).toBe(true);
  });

  test('says when a device was chosen in place of the one that was only assumed', () => {
    changeItem('hardware', { value: 'gpu', source: 'default' });
    expect(measured('hardware')).toMatchObject({ found: true, detail: expect.stringContaining('--device') });
  });

  test('tells an answer that --yes took from one that a person gave', () => {
    change(deployReportDocument, ({ confirmations }) => {
      for (const one of confirmations) one.by = 'recommended';
    });
    expect(measured('license').detail).toBe('confirmed by a person (--yes, the recommended answer)');
  });
});

describe('the questions of stage 3.3', () => {
  const ask = async (target: 'process' | 'docker', value: (question: Question) => string, by: Answer['by']) => {
    const given = new Map<string, string>();
    const confirmations = await confirmUnmeasured(
      {
        root,
        settings: {
          brief: '',
          language: 'en',
          data: null,
          target,
          device: null,
          budgetMinutes: null,
          framework: 'torch',
          agents: [],
          agentBudget: {},
        },
        say: inLanguage('en'),
        ask: async (questions) => {
          for (const question of questions) given.set(question.id, value(question));
          return Object.fromEntries(given);
        },
        answer: (id) => ({ value: given.get(id)!, by }),
      },
      readArtifact(root, requirementsDocument),
    );
    return { asked: [...given.keys()], confirmations };
  };

  test('are for what no machine can show, and for nothing else', async () => {
    const { asked } = await ask('docker', ({ recommended }) => recommended, 'recommended');
    expect(asked).toEqual(leftToPerson.map((subject) => `Q-confirm-${idOf(subject)}`));
  });

  test('are also for being offline where no container shows it, and for a named device', async () => {
    changeItem('hardware', { note: 'raspberry pi' });
    const { asked } = await ask('process', ({ recommended }) => recommended, 'recommended');
    expect(asked).toEqual(expect.arrayContaining([`Q-confirm-${idOf('network')}`, `Q-confirm-${idOf('hardware')}`]));
  });

  test('record what was confirmed and by whom, and what was not', async () => {
    const stopped = `Q-confirm-${idOf('license')}`;
    const { confirmations } = await ask(
      'docker',
      ({ id, recommended }) => (id === stopped ? 'stop' : recommended),
      'person',
    );
    expect(confirmations).toContainEqual({
      id: idOf('deadline'),
      what: 'deadline = 14 days',
      confirmed: true,
      by: 'person',
    });
    expect(confirmations.filter(({ confirmed }) => !confirmed).map(({ id }) => id)).toEqual([idOf('license')]);
  });

  test('and their answers stand in the report in its language', () => {
    const report = deployReport();
    report.confirmations[0]!.confirmed = false;
    report.confirmations[1]!.by = 'recommended';
    const text = deployReportDocument.body(report, 'zh');
    expect(text).toContain('## 由人确认，未经测量');
    expect(text).toMatch(/REQ-009 \| .* \| 未确认/);
    expect(text).toMatch(/REQ-010 \| .* \| 由人确认（--yes，采用推荐答案）/);
    expect(deployReportDocument.body({ ...report, confirmations: [] }, 'en')).not.toContain('Confirmation by a person');
  });
});

describe('the run of the batch job', () => {
  const ended = (exitCode: number, stderr = '') => ({ exitCode, stdout: '', stderr });

  test('passes with a prediction for every row', () => {
    const predictions = 'y_pred,low,high\n12.5,10,15\n"a, b",0.5,0.5\n';
    expect(batchCheck(ended(0), { rows: 2, predictions })).toMatchObject({ found: '2 predictions', passed: true });
  });

  test.each([
    ['too few rows', 'y_pred\na\n', 0, '1 predictions'],
    ['no output', '', 0, '0 predictions'],
    ['a row without a prediction', 'y_pred,low\na,1\n,1\n', 0, '1 predictions'],
    ['a prediction that is no number', 'y_pred,low\n1,1\nnan,nan\n', 0, '1 predictions'],
    ['an exit code', 'y_pred\na\nb\n', 2, 'exit code 2: no such input file'],
  ])('fails with %s', (_what, predictions, exitCode, found) => {
    expect(batchCheck(ended(exitCode, exitCode === 0 ? '' : 'no such input file'), { rows: 2, predictions })).toEqual({
      what: 'scripts/inference.py --input data/mini/data.csv',
      expected: '2 predictions',
      found,
      passed: false,
    });
  });
});
