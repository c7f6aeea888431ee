import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorkbench } from '../../src/environment/workbench.ts';
import { composeTemplate } from '../../src/scaffold/template.ts';
import { agrees } from '../../src/stages/agreement.ts';
import { sharedPackages, sharedTemplate, templateOf } from '../../src/stages/templates.ts';
import { realWorld } from '../../src/world/world.ts';

const config = loadConfig();
const world = realWorld(config);
const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const scratch = mkdtempSync(path.join(tmpdir(), 'metrics-'));
const template = path.join(scratch, 'template');
let python = '';

beforeAll(async () => {
  await composeTemplate(templateOf(config, 'tabular_classification')!, template);
  const bench = createWorkbench({
    config,
    run: world.run,
    rules: rules.VENV_CONFIG,
    templateFolder: sharedTemplate(config),
    packages: sharedPackages(config),
    scratch,
  });
  python = (await bench.environment()).python;
  await bench.close();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Writes predictions with the project's own code and prints the figures that it gives for them. */
const own = `
import json, sys
from pathlib import Path
import numpy as np
from ml_project.predictions import Predictions
from ml_project.schema import Schema
given = json.loads(sys.argv[1])
classes = given["classes"]
schema = Schema(
    task="tabular_classification" if classes else "tabular_regression", target="y", classes=tuple(classes),
    positive_class=given["positive"], unit=None, columns=(),
)
outputs = np.array(given["outputs"], dtype=np.float32).reshape(len(given["truth"]), -1)
made = Predictions([str(i) for i in range(len(outputs))], np.array(given["truth"], dtype=np.float64), outputs)
made.write(Path(sys.argv[2]), schema)
print(json.dumps(made.metrics(schema)))
`;

const classification = (classes: string[], positive: string | null, truth: number[], outputs: number[][]) => ({
  classes,
  positive,
  truth,
  outputs,
});
const regression = (truth: number[], outputs: number[]) => ({ classes: [], positive: null, truth, outputs });
const ab: [number[], number[][]] = [
  [0, 0, 0, 1, 1],
  [
    [0.9, 0.1],
    [0.4, 0.6],
    [0.7, 0.3],
    [0.2, 0.8],
    [0.6, 0.4],
  ],
];

test.each([
  ['two classes, none called positive', classification(['a', 'b'], null, ...ab)],
  ['two classes, the first positive', classification(['a', 'b'], 'a', ...ab)],
  [
    'a class that does not occur, and one that gets no probability',
    classification(
      ['a', 'b', 'c'],
      null,
      [0, 1, 1, 0],
      [
        [1, 0, 0],
        [1, 0, 0],
        [0.2, 0.5, 0.3],
        [0.1, 0.2, 0.7],
      ],
    ),
  ],
  ['numbers around zero', regression([0, -2, 3, 0.5, 1e9], [0.1, -1, 2, 0, 1.1e9])],
  ['a constant truth', regression([4, 4, 4], [4, 5, 3])],
])('the project and the engine mean the same by each metric: %s', async (name, given) => {
  const file = path.join(scratch, `${name.replaceAll(/\W+/g, '-')}.csv`);
  const project = await world.run([python, '-c', own, JSON.stringify(given), file], {
    cwd: template,
    limitSeconds: 60,
  });
  expect(project.exitCode, project.stderr).toBe(0);
  const task = given.classes.length > 0 ? 'tabular_classification' : 'tabular_regression';
  const engine = await world.run(
    [
      python,
      path.join(config.packageFolder, 'python/recompute.py'),
      file,
      '--task',
      task,
      '--metric',
      given.classes.length > 0 ? 'accuracy' : 'mae',
      ...(given.positive ? ['--positive', given.positive] : []),
    ],
    { cwd: scratch, limitSeconds: 60 },
  );
  expect(engine.exitCode, engine.stderr).toBe(0);
  const figures = JSON.parse(project.stdout) as Record<string, number | null>;
  const recomputed = Object.values(JSON.parse(engine.stdout).files)[0] as { metrics: Record<string, number> };
  const defined = Object.entries(figures).filter(([, value]) => value !== null);
  expect(Object.keys(recomputed.metrics).sort()).toEqual(defined.map(([key]) => key).sort());
  for (const [key, value] of defined) {
    expect(agrees(value, recomputed.metrics[key]!, rules.ML.metric_tolerance), `${key} ${value}`).toBe(true);
  }
});
