import { describe } from 'vitest';
import type { Technology } from '../../src/artifacts/documents/technology.ts';
import { buildStage } from '../../src/stages/framework/build.ts';
import { requirementsStage } from '../../src/stages/framework/requirements.ts';
import { reviewStage } from '../../src/stages/framework/review.ts';
import { technologyStage } from '../../src/stages/framework/technology.ts';
import { venvStage } from '../../src/stages/framework/venv.ts';
import { type Refusal, testGate } from './gate-testing.ts';

type EvidenceOf<S> = S extends { gate(evidence: infer E, ...rest: never[]): unknown } ? E : never;

describe('1.1 requirements', () => {
  type Evidence = EvidenceOf<typeof requirementsStage>;
  const passing = (): Evidence => ({
    items: [{ id: 'REQ-001', subject: 'accuracy', source: 'stated', score: 0.9, quoted: true, clarified: false }],
    questions: [{ id: 'Q-target', score: 0.5, clarified: true }],
  });
  testGate(requirementsStage, passing, [
    [
      'there is no item',
      (e) => {
        e.items = [];
      },
      'spec/requirements.md',
      /no item/,
    ],
    [
      'an unsure item is not clarified',
      (e) => {
        e.items[0]!.score = 0.6;
      },
      'REQ-001',
      /scores 0.6/,
    ],
    [
      'a stated item does not quote the brief',
      (e) => {
        e.items[0]!.quoted = false;
      },
      'REQ-001',
      /does not quote/,
    ],
    [
      'a question has neither answer nor follow-up',
      (e) => {
        e.questions[0]!.clarified = false;
      },
      'Q-target',
      /neither/,
    ],
  ] satisfies Refusal<Evidence>[]);
});

describe('1.2 technology', () => {
  type Evidence = EvidenceOf<typeof technologyStage>;
  type Measured = Extract<Evidence, { state: 'measured' }>;
  const estimate = { value: 1, unit: null, derivation: 'd' };
  const candidate = (model: string): Technology['candidates'][number] => ({
    model,
    kind: 'neural',
    estimate: {
      parameters: estimate,
      memory: estimate,
      training_time: { ...estimate },
      latency: estimate,
      metric: estimate,
    },
    measured: { parameters: 1, memory: 1, training_time: 1, latency: 1, metric: 1 },
    points: { quality: 5 },
    score: 4,
  });
  const passing = (): Evidence => ({
    state: 'measured',
    technology: {
      probe_rows: 80,
      decided_by: 'accuracy',
      candidates: [candidate('mlp'), candidate('tabm')],
      baselines: [{ model: 'majority', trivial: true, metric: 1.5, metrics: {} }],
      choice: { model: 'mlp', score: 4, strongest_baseline: 'linear', reasons: [] },
    } as unknown as Technology,
    holdout: { rows: 20, overlap: 0 },
    probes: [{ model: 'mlp', rows: 80, figures: [{ name: 'metric', claimed: 0.9, measured: 0.9 }] }],
    further: { model: 'signs', findings: [], asMeasured: true, lookedUp: false },
  });
  const measured = (change: (evidence: Measured) => void) => (evidence: Evidence) => change(evidence as Measured);
  testGate(technologyStage, passing, [
    [
      'the family is unknown',
      (e) => {
        Object.assign(e, { state: 'no family', task: 'image_classification' });
      },
      'task',
      /image_classification/,
    ],
    [
      'PaddlePaddle alone shall train what has no twins',
      (e) => {
        Object.assign(e, { state: 'no twins', task: 'face_verification' });
      },
      'framework',
      /--framework torch/,
    ],
    [
      'the data are unfit',
      (e) => {
        Object.assign(e, { state: 'data', problems: [{ about: 'target', message: 'is constant' }] });
      },
      'target',
      /constant/,
    ],
    [
      'the hold-out is empty',
      measured((e) => {
        e.holdout.rows = 0;
      }),
      'data/holdout',
      /empty/,
    ],
    [
      'rows are on both sides',
      measured((e) => {
        e.holdout.overlap = 3;
      }),
      'data/holdout',
      /3 rows/,
    ],
    [
      'there is one candidate',
      measured((e) => {
        e.technology.candidates.pop();
      }),
      'spec/tech.md',
      /fewer than 2/,
    ],
    [
      'an estimate is no number',
      measured((e) => {
        e.technology.candidates[0]!.estimate.training_time.value = Number.NaN;
      }),
      'mlp',
      /training_time/,
    ],
    [
      'what a model wrote does what it may not',
      measured((e) => {
        e.further!.findings.push('line 3: imports os');
      }),
      'signs',
      /imports os/,
    ],
    [
      'what a model wrote is not what was measured',
      measured((e) => {
        e.further!.asMeasured = false;
      }),
      'signs',
      /not what the probe measured/,
    ],
    [
      'what a model wrote looks answers up',
      measured((e) => {
        e.further!.lookedUp = true;
      }),
      'signs',
      /looks them up/,
    ],
    [
      'a probe has no predictions',
      measured((e) => {
        e.probes[0]!.rows = 0;
      }),
      'mlp',
      /0 of 80 rows/,
    ],
    [
      'a probe left rows out',
      measured((e) => {
        e.probes[0]!.rows = 79;
      }),
      'mlp',
      /79 of 80 rows/,
    ],
    [
      'a figure was written by hand',
      measured((e) => {
        e.probes[0]!.figures[0]!.claimed = 0.99;
      }),
      'spec/tech.md',
      /metric 0\.99 of mlp, the probe's files give 0\.9/,
    ],
    [
      'a figure comes from nowhere',
      measured((e) => {
        e.probes[0]!.figures[0]!.measured = null;
      }),
      'spec/tech.md',
      /give nothing/,
    ],
    [
      'the choice is no candidate',
      measured((e) => {
        e.technology.choice.model = 'oracle';
      }),
      'spec/tech.md',
      /oracle with 4 is not in the table/,
    ],
    [
      'the choice scores too little',
      measured((e) => {
        e.technology.choice.score = 3.4;
        e.technology.candidates[0]!.score = 3.4;
      }),
      'mlp',
      /3.40 of 5, less than 3.5$/,
    ],
    [
      'nothing is better than guessing',
      measured((e) => {
        e.technology.choice.score = 2.75;
        Object.assign(e.technology.candidates[0]!, { score: 2.75, points: { quality: 0 } });
      }),
      'mlp',
      /2.75 of 5, less than 3.5: no model is better than "majority" \(accuracy 1.000 \/ 1.500\)/,
    ],
  ] satisfies Refusal<Evidence>[]);
});

describe('1.3 build', () => {
  type Evidence = EvidenceOf<typeof buildStage>;
  const passing = (): Evidence => ({
    tasks: [{ id: 'T1', command: 'python -m pytest', exitCode: 0, missing: [], passed: true }],
    stubs: [],
    dryRun: 0,
    minimumTasks: 1,
  });
  testGate(buildStage, passing, [
    [
      'there are too few tasks',
      (e) => {
        e.minimumTasks = 6;
      },
      'spec/task.md',
      /at least 6/,
    ],
    [
      'an acceptance command fails',
      (e) => {
        e.tasks[0]!.exitCode = 1;
      },
      'T1',
      /ended with 1/,
    ],
    [
      'an output is missing',
      (e) => {
        e.tasks[0]!.missing = ['a.py'];
      },
      'T1',
      /a\.py/,
    ],
    [
      'a stub is left',
      (e) => {
        e.stubs = [{ file: 'a.py', line: 3, what: 'f has an empty body' }];
      },
      'a.py:3',
      /empty body/,
    ],
    [
      'the dry run fails',
      (e) => {
        e.dryRun = 2;
      },
      'scripts/train.py --dry-run',
      /ended with 2/,
    ],
  ] satisfies Refusal<Evidence>[]);
});

describe('1.4 review', () => {
  type Evidence = EvidenceOf<typeof reviewStage>;
  const passing = (): Evidence => ({ rows: [{ check: 'mypy', shown_by: 'mypy .', passed: true, findings: [] }] });
  testGate(reviewStage, passing, [
    [
      'nothing was checked',
      (e) => {
        e.rows = [];
      },
      'reports/REVIEW_REPORT.md',
      /nothing/,
    ],
    [
      'a row fails',
      (e) => {
        e.rows[0] = { ...e.rows[0]!, passed: false, findings: ['a.py:1 wrong'] };
      },
      'mypy',
      /a\.py:1/,
    ],
  ] satisfies Refusal<Evidence>[]);
});

describe('1.5 venv', () => {
  type Evidence = EvidenceOf<typeof venvStage>;
  const passing = (): Evidence => ({
    copies: [{ file: 'spec/VENV_CONFIG.md', recorded: 'a', source: 'a', copy: 'a' }],
    coverage: [{ file: 'requirements-cpu.txt', missing: [], superfluous: [] }],
    versions: [{ name: 'torch', version: '2.13.0', matrix: '2.13.0' }],
  });
  testGate(venvStage, passing, [
    [
      'a copy differs',
      (e) => {
        e.copies[0]!.copy = 'b';
      },
      'spec/VENV_CONFIG.md',
      /byte-equal/,
    ],
    [
      'a copy is missing',
      (e) => {
        e.copies[0]!.copy = null;
      },
      'spec/VENV_CONFIG.md',
      /byte-equal/,
    ],
    [
      'the recorded hash differs',
      (e) => {
        e.copies[0]!.recorded = 'b';
      },
      'spec/VENV_CONFIG.md',
      /byte-equal/,
    ],
    [
      'an import is not covered',
      (e) => {
        e.coverage[0]!.missing = ['pandas'];
      },
      'requirements-cpu.txt',
      /pandas/,
    ],
    [
      'a requirement is superfluous',
      (e) => {
        e.coverage[0]!.superfluous = ['pandas'];
      },
      'requirements-cpu.txt',
      /nothing imports: pandas/,
    ],
    [
      'a version is not the matrix version',
      (e) => {
        e.versions[0]!.version = '2.0';
      },
      'torch',
      /pinned to 2\.0/,
    ],
  ] satisfies Refusal<Evidence>[]);
});
