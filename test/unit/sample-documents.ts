import type { z } from 'zod';
import type { technologyDocument } from '../../src/artifacts/documents/technology.ts';
import type { Requirements } from '../../src/artifacts/requirements.ts';

/** Two artifacts that pass their schemas, for tests that need a project to hold some. */
export const sampleRequirements: Requirements = {
  project: 'penguins',
  title: 'Penguins',
  language: 'en',
  brief: 'Predict the species.',
  task: 'tabular_classification',
  target: 'species',
  metric: 'accuracy',
  positive_class: 'gentoo',
  items: [],
  questions: [],
};

const estimate = { value: 1, unit: null, derivation: 'd' };
const spread = { parameters: 1, memory: 1, training_time: 1, latency: 1, metric: 0.9 };

export const sampleTechnology: z.infer<typeof technologyDocument.schema> = {
  task: 'tabular_classification',
  target: 'species',
  unit: null,
  metric: 'accuracy',
  decided_by: 'accuracy',
  leaks: [],
  made: null,
  positive_class: 'gentoo',
  source: { file: 'penguins.csv', sha256: 's', format: 'csv', encoding: 'utf-8' },
  rows: { given: 300, without_target: 0, full: 240, holdout: 60, copies: 0 },
  classes: [
    { label: 'adelie', full: 150, holdout: 35 },
    { label: 'gentoo', full: 90, holdout: 25 },
  ],
  columns: [],
  folds: 5,
  probe_rows: 240,
  candidates: [
    {
      model: 'mlp',
      kind: 'neural',
      estimate: {
        parameters: estimate,
        memory: estimate,
        training_time: estimate,
        latency: estimate,
        metric: estimate,
      },
      measured: spread,
      points: {},
      score: 4,
    },
  ],
  baselines: [],
  comparisons: [],
  choice: { model: 'mlp', score: 4, strongest_baseline: 'linear', threshold: null, reasons: [] },
};
