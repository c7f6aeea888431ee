import { describe } from 'vitest';
import { environmentStage } from '../../src/stages/project/environment.ts';
import { fullTrainingStage } from '../../src/stages/project/full-training.ts';
import { oneEpochStage } from '../../src/stages/project/one-epoch.ts';
import { rulesStage } from '../../src/stages/project/rules.ts';
import { type Refusal, testGate } from './gate-testing.ts';

type EvidenceOf<S> = S extends { gate(evidence: infer E, ...rest: never[]): unknown } ? E : never;

describe('2.1 rules', () => {
  type Evidence = EvidenceOf<typeof rulesStage>;
  const passing = (): Evidence => ({
    files: ['CLAUDE.inherited.md'],
    changes: [{ question: 'Q-own-rules', answer: 'inherit', answered: 'inherit' }],
    rules: { copy: 'a', source: 'a' },
  });
  testGate(rulesStage, passing, [
    [
      'neither file exists',
      (e) => {
        e.files = [];
      },
      'CLAUDE.local.md',
      /found 0/,
    ],
    [
      'both files exist',
      (e) => {
        e.files = ['CLAUDE.local.md', 'CLAUDE.inherited.md'];
      },
      'CLAUDE.local.md',
      /found 2/,
    ],
    [
      'the change log is empty',
      (e) => {
        e.changes = [];
      },
      'CLAUDE.inherited.md',
      /empty/,
    ],
    [
      'no answer stands behind it',
      (e) => {
        e.changes[0]!.answered = null;
      },
      'Q-own-rules',
      /journal/,
    ],
    [
      'CLAUDE.md is another',
      (e) => {
        e.rules.copy = 'b';
      },
      'CLAUDE.md',
      /not the rule file/,
    ],
  ] satisfies Refusal<Evidence>[]);
});

describe('2.2 environment', () => {
  type Evidence = EvidenceOf<typeof environmentStage>;
  const passing = (): Evidence => ({
    environment: {
      missing: [],
      foreign: [],
      pip_check: { exit_code: 0, output: '' },
      device: 'cpu',
      gpu: { available: false, name: null, cuda: null },
    },
    mini: { rows: 10, fromHoldout: 0, absent: [] },
    notebook: { exit_code: 0, cells: 3, executed: 3, figures: [{ file: '01.png', heading: 'h' }], error: '' },
  });
  testGate(environmentStage, passing, [
    [
      'a package is missing',
      (e) => {
        e.environment.missing = ['torch==1'];
      },
      'installed packages',
      /not installed: torch/,
    ],
    [
      'a package is foreign',
      (e) => {
        e.environment.foreign = ['left-pad'];
      },
      'installed packages',
      /required by nothing/,
    ],
    [
      'pip check complains',
      (e) => {
        e.environment.pip_check = { exit_code: 1, output: 'numpy conflict' };
      },
      'pip check',
      /conflict/,
    ],
    [
      'the gpu is not seen',
      (e) => {
        e.environment.device = 'gpu';
      },
      'gpu',
      /no GPU/,
    ],
    [
      'the mini set is empty',
      (e) => {
        e.mini.rows = 0;
      },
      'data/mini',
      /empty/,
    ],
    [
      'the mini set holds hold-out rows',
      (e) => {
        e.mini.fromHoldout = 1;
      },
      'data/mini',
      /1 rows/,
    ],
    [
      'a class is absent',
      (e) => {
        e.mini.absent = ['Gentoo'];
      },
      'data/mini',
      /Gentoo/,
    ],
    [
      'the notebook fails',
      (e) => {
        e.notebook.exit_code = 1;
        e.notebook.error = 'NameError';
      },
      'scripts/explore_data.ipynb',
      /NameError/,
    ],
    [
      'a cell did not run',
      (e) => {
        e.notebook.executed = 2;
      },
      'scripts/explore_data.ipynb',
      /2 of 3/,
    ],
    [
      'no plot is shown',
      (e) => {
        e.notebook.figures = [];
      },
      'scripts/explore_data.ipynb',
      /no plot/,
    ],
  ] satisfies Refusal<Evidence>[]);
});

describe('2.3 one epoch', () => {
  type Evidence = EvidenceOf<typeof oneEpochStage>;
  const run = (name: string) => ({
    run: name,
    exitCode: 0,
    losses: [1, 0.5] as (number | null)[],
    checkpoint: 'c' as string | null,
    ownHash: null,
  });
  const passing = (): Evidence => ({
    runs: [run('a'), run('b')],
    reload: { exitCode: 0, rows: 10, largestDifference: 0 },
    metrics: [{ name: 'accuracy', own: 0.5, recomputed: 0.5 }],
    tolerance: 1e-6,
    predictionTolerance: 2e-5,
    cleanRuns: 2,
    unresolved: null,
    twins: {
      state: 'run',
      model: 'mlp',
      runs: ['torch', 'paddle'].map((framework) => ({ framework, exit_code: 0, seconds: 1, error: '' })),
      figures: [{ name: 'loss (valid)', torch: 0.5, paddle: 0.5, difference: 1e-7, allowed: 1e-3 }],
    },
  });
  const twinsOf = ({ twins }: Evidence) => twins as Extract<Evidence['twins'], { state: 'run' }>;
  testGate(oneEpochStage, passing, [
    [
      'a fault is open',
      (e) => {
        e.unresolved = 'KeyError: x';
      },
      'scripts/train.py',
      /KeyError/,
    ],
    [
      'a twin does not train',
      (e) => {
        twinsOf(e).runs[1]!.exit_code = 1;
      },
      'paddle twin',
      /exited with 1/,
    ],
    [
      'the twins learn different things',
      (e) => {
        twinsOf(e).figures[0] = { name: 'loss (valid)', torch: 0.5, paddle: 0.51, difference: 0.01, allowed: 1e-3 };
      },
      'loss (valid) of mlp',
      /more than 0.001 apart/,
    ],
    [
      'a figure of a twin is missing',
      (e) => {
        twinsOf(e).figures[0]!.difference = Number.NaN;
      },
      'loss (valid) of mlp',
      /apart/,
    ],
    [
      'it ran only once',
      (e) => {
        e.runs.pop();
      },
      'scripts/train.py',
      /1 times/,
    ],
    [
      'a run fails',
      (e) => {
        e.runs[0]!.exitCode = 1;
      },
      'a',
      /exited with 1/,
    ],
    [
      'there is no loss',
      (e) => {
        e.runs[0]!.losses = [];
      },
      'a',
      /no loss/,
    ],
    [
      'a loss is not finite',
      (e) => {
        e.runs[1]!.losses = [null];
      },
      'b',
      /not finite/,
    ],
    [
      'no checkpoint is there',
      (e) => {
        e.runs[0]!.checkpoint = null;
      },
      'a',
      /no checkpoint/,
    ],
    [
      'the checkpoints differ',
      (e) => {
        e.runs[1]!.checkpoint = 'd';
      },
      'checkpoint',
      /different checkpoints/,
    ],
    [
      'reloading fails',
      (e) => {
        e.reload.exitCode = 1;
      },
      'scripts/eval.py',
      /exited with 1/,
    ],
    [
      'reloading predicts nothing',
      (e) => {
        e.reload.rows = 0;
      },
      'checkpoint',
      /no predictions/,
    ],
    [
      'reloading predicts otherwise',
      (e) => {
        e.reload.largestDifference = 0.1;
      },
      'checkpoint',
      /differ by 0\.1/,
    ],
    [
      'a metric disagrees',
      (e) => {
        e.metrics[0]!.own = 0.97;
      },
      'accuracy',
      /says 0\.97, recomputed it is 0\.5/,
    ],
    [
      'a metric is missing',
      (e) => {
        e.metrics[0]!.own = null;
      },
      'accuracy',
      /says null/,
    ],
  ] satisfies Refusal<Evidence>[]);
});

describe('2.4 full training', () => {
  const machine = () => ({
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
  });
  type Evidence = EvidenceOf<typeof fullTrainingStage>;
  type Trained = Extract<Evidence, { state: 'trained' }>;
  const trained = (change: (evidence: Trained) => void) => (evidence: Evidence) => change(evidence as Trained);
  const passing = (): Evidence => ({
    state: 'trained',
    guidance: {
      forecasts: [{ what: 'training_time', unit: 's', predicted: 1, measured: 1, derivation: 'd' }],
      settings: [{ name: 'epochs', value: '1', range: '1', reason: 'r' }],
      machines: [machine()],
      checklist: [{ item: 'i', done: true }],
      distributed: { command: 'distributed training', exit_code: 0, world_size: 2, seconds: 1 },
      training: {
        command: 'train',
        exit_code: 0,
        seconds: 5,
        epochs: 1,
        rows: 10,
        of_rows: 10,
        batch_size: 8,
        peak_memory_mb: 1,
        parameters: 1,
        checkpoint_sha256: 'c',
      },
      export: { version: 'v', model_mb: 1, max_abs_difference: 0, tolerance: 1e-4, batches: [1, 7, 64] },
      slas: [{ id: 'REQ-004', subject: 'accuracy', op: '>=', asked: 0.9, measured: 0.95, unit: null, met: true }],
    },
    technologyModel: 'mlp',
    budget: 600,
    checkpoint: { recorded: 'c', run: 'c' },
    holdout: { rows: 20, recorded: 'h', file: 'h', own: { accuracy: 0.95 }, recomputed: { accuracy: 0.95 } },
    loses: [],
    tolerance: 1e-6,
  });
  testGate(fullTrainingStage, passing, [
    [
      'a figure for a machine has no error',
      trained((e) => {
        e.guidance.machines[0]!.high = 0;
      }),
      'reports/full_train_guidance.md',
      /lacks its error/,
    ],
    [
      'there is no forecast',
      trained((e) => {
        e.guidance.forecasts = [];
      }),
      'reports/full_train_guidance.md',
      /no forecast/,
    ],
    [
      'a forecast was not measured',
      trained((e) => {
        e.guidance.forecasts[0]!.measured = null;
      }),
      'training_time',
      /no measurement/,
    ],
    [
      'ranges are missing',
      trained((e) => {
        e.guidance.settings = [];
      }),
      'reports/full_train_guidance.md',
      /ranges/,
    ],
    [
      'the checklist is missing',
      trained((e) => {
        e.guidance.checklist = [];
      }),
      'reports/full_train_guidance.md',
      /checklist/,
    ],
    [
      'a point of the checklist is open',
      trained((e) => {
        e.guidance.checklist[0]!.done = false;
      }),
      'reports/full_train_guidance.md',
      /not done/,
    ],
    [
      'two processes fail',
      trained((e) => {
        e.guidance.distributed.exit_code = 1;
      }),
      'distributed training',
      /ended with 1/,
    ],
    [
      'one process ran alone',
      trained((e) => {
        e.guidance.distributed.world_size = 1;
      }),
      'distributed training',
      /ran with 1/,
    ],
    [
      'training fails',
      trained((e) => {
        e.guidance.training.exit_code = 1;
      }),
      'scripts/train.py',
      /ended with 1/,
    ],
    [
      'the budget is passed',
      trained((e) => {
        e.budget = 4;
      }),
      'training_time',
      /budget is 4 s/,
    ],
    [
      'the checkpoint is another',
      trained((e) => {
        e.checkpoint.run = 'd';
      }),
      'runs/full',
      /not the one/,
    ],
    [
      'the export differs',
      trained((e) => {
        e.guidance.export.max_abs_difference = 0.1;
      }),
      'models/current',
      /differs by 0\.1/,
    ],
    [
      'parity was tested too little',
      trained((e) => {
        e.guidance.export.batches = [1];
      }),
      'models/current',
      /three batch sizes/,
    ],
    [
      'the hold-out has no prediction',
      trained((e) => {
        e.holdout.rows = 0;
      }),
      'data/holdout',
      /no prediction/,
    ],
    [
      'the predictions were swapped',
      trained((e) => {
        e.holdout.file = 'other';
      }),
      'runs/holdout/full.csv',
      /not the file/,
    ],
    [
      'the own metric disagrees',
      trained((e) => {
        e.holdout.own.accuracy = 0.99;
      }),
      'accuracy',
      /says 0\.99/,
    ],
    [
      'it loses to a baseline',
      trained((e) => {
        e.loses = [{ b: 'linear', difference: -0.1, low: -0.2, high: -0.05 }];
      }),
      'mlp',
      /loses to linear/,
    ],
    [
      'a requirement is not met',
      trained((e) => {
        Object.assign(e.guidance.slas[0]!, { met: false, measured: 0.8 });
      }),
      'REQ-004',
      /measured 0\.8, asked >= 0\.9/,
    ],
    [
      'nobody gave data',
      (e) => {
        Object.assign(e, {
          state: 'no data',
          made: { about: { zh: '短句', en: 'phrases' }, public: 'a/b' },
          rows: 300,
        });
      },
      'data',
      /300 examples made by rule \(phrases\).*--data/,
    ],
  ] satisfies Refusal<Evidence>[]);
});
