import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
    positive_class=given["positive"], unit=None, is_ordered=given["ordered"], columns=(),
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
  ordered: false,
});
const regression = (truth: number[], outputs: number[]) => ({
  classes: [],
  positive: null,
  truth,
  outputs,
  ordered: false,
});
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
  [
    'grades',
    {
      ...classification(
        ['low', 'medium', 'high'],
        null,
        [0, 1, 2, 2, 1],
        [
          [0.7, 0.2, 0.1],
          [0.1, 0.3, 0.6],
          [0.8, 0.1, 0.1],
          [0, 0.1, 0.9],
          [0.2, 0.5, 0.3],
        ],
      ),
      ordered: true,
    },
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
      ...(given.ordered ? ['--ordered'] : []),
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

test('the bootstrap gives each metric of drawn rows as it is measured on them', async () => {
  const script = `
import json, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from metrics import grades, labels
random, apart = np.random.default_rng(5), {}
for classes, positive in ((2, "c1"), (2, None), (5, None)):
    chances = random.dirichlet(np.ones(classes), 300).round(2)
    table = {
        "row_id": [str(row) for row in range(300)],
        "y_true": [f"c{label}" for label in random.integers(0, classes, 300)],
        "y_pred": [f"c{label}" for label in chances.argmax(axis=1)],
        **{f"p:c{label}": [str(chance) for chance in chances[:, label]] for label in range(classes)},
    }
    kind = grades if classes > 2 else labels
    for metric in kind.measure(table, positive):
        drawn = random.integers(0, 300, 300)
        measured = kind.measure({name: [cells[row] for row in drawn] for name, cells in table.items()}, positive)
        apart[f"{metric} of {classes}, {positive}"] = abs(kind.sampled(table, metric, positive)(drawn) - measured[metric])
print(json.dumps(apart))
`;
  const result = await world.run([python, '-c', script, path.join(config.packageFolder, 'python')], {
    cwd: scratch,
    limitSeconds: 60,
  });
  expect(result.exitCode, result.stderr).toBe(0);
  const apart = Object.entries(JSON.parse(result.stdout) as Record<string, number>);
  expect(apart).toHaveLength(7 + 7 + 9);
  expect(apart.filter(([, difference]) => !(difference < 1e-9))).toEqual([]);
});

/** Rates by scikit-learn's own curve and scores, with ties, and by hand for what it has not. */
test('metrics of faces are those of the field, and the bootstrap draws people', async () => {
  const script = `
import csv, json, sys
import numpy as np
from scipy.optimize import brentq
from sklearn import metrics as sk
sys.path.insert(0, sys.argv[1])
from metrics import faces
random = np.random.default_rng(3)
people = np.arange(12).repeat(6)
a, b = np.triu_indices(len(people), 1)
same = people[a] == people[b]
similarity = random.normal(0.2 + 0.4 * same, 0.2).round(2)
accepted = similarity >= 0.35
names = [f"person {number}" for number in people]
word = lambda flags: ["same" if flag else "different" for flag in flags]
searches = [(5, 0, 0.9), (5, 6, 0.4), (7, 6, 0.3), (7, 0, 0.3)]
table = {
    "row_id": [f"{x}~{y}" for x, y in zip(a, b)] + [f"{x}>{y}" for x, y, _ in searches],
    "y_true": word(same) + word(people[x] == people[y] for x, y, _ in searches),
    "y_pred": word(accepted) + word(value >= 0.35 for _, _, value in searches),
    "similarity": [str(value) for value in [*similarity, *(value for _, _, value in searches)]],
    "use": ["verify"] * len(a) + ["search"] * len(searches),
    "person_a": [names[x] for x in [*a, *(x for x, _, _ in searches)]],
    "person_b": [names[y] for y in [*b, *(y for _, y, _ in searches)]],
}
far, tar, _ = sk.roc_curve(same, similarity, drop_intermediate=False)
balanced = np.where(same, 1 / same.sum(), 1 / (~same).sum())
wanted = {
    "accuracy": sk.balanced_accuracy_score(same, accepted),
    "precision": sk.precision_score(same, accepted, sample_weight=balanced),
    "recall": sk.recall_score(same, accepted),
    "f1": sk.f1_score(same, accepted, sample_weight=balanced),
    "false_accept_rate": accepted[~same].mean(),
    "false_reject_rate": (~accepted[same]).mean(),
    "true_accept_rate": accepted[same].mean(),
    "auc": sk.roc_auc_score(same, similarity),
    "equal_error_rate": brentq(lambda rate: 1 - rate - np.interp(rate, far, tar), 0, 1),
    "tar_at_far_1pct": tar[far <= 0.01].max(),
    "rank1": 0.5,
}
# Drawn people weigh their pairs: the same as a table in which every pair stands that often.
drawn = random.integers(0, 12, 12)
times = np.bincount(drawn, minlength=12)
# Names sort as text, so the bootstrap's numbers are those of the sorted names.
order = np.argsort(np.argsort([f"person {number}" for number in range(12)]))
often = times[order]
weight = often[people[a]] * np.where(same, 1, often[people[b]])
resampled = faces.sampled(table, "auc", None)(drawn)
print(json.dumps({
    "found": faces.measure(table, None), "wanted": {name: float(value) for name, value in wanted.items()},
    "units": faces.units(table), "auc": resampled, "weighted": sk.roc_auc_score(same, similarity, sample_weight=weight),
}))
`;
  const result = await world.run([python, '-c', script, path.join(config.packageFolder, 'python')], {
    cwd: scratch,
    limitSeconds: 60,
  });
  expect(result.exitCode, result.stderr).toBe(0);
  const { found, wanted, units, auc, weighted } = JSON.parse(result.stdout);
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, value] of Object.entries(wanted))
    expect([name, found[name]]).toEqual([name, expect.closeTo(value as number, 9)]);
  expect(units).toBe(12);
  expect(auc).toBeCloseTo(weighted, 9);
});

/** Values by sacreBLEU 2.6 (`bleu` of Latin text by 13a, of Chinese by zh; `chrf` by its defaults) and by hand. */
test.each([
  [
    ['The cat sat on the mat.', "It costs 1,000.5 dollars, I'm told."],
    ['The cat sat on a mat.', 'It cost 1,000.5 dollars I am told'],
    { bleu: 0.273450768598, chrf: 0.650476923984, exact_match: 0, cer: 0.137931034483 },
  ],
  [
    ['韦克斯福德郡', '阿富汗伊斯兰共和国', '诺里斯语'],
    ['威斯福德郡', '阿富汗共和国', '诺里斯语'],
    { bleu: 0.493854360071, chrf: 0.356378875002, exact_match: 1 / 3, cer: 0.263157894737 },
  ],
  [
    ['SIM卡（2024年）已激活。', '请在 3-5 天内回复 A&B'],
    ['SIM卡（2023年）激活了。', '请在 3-5 天内回复 A&B'],
    { bleu: 0.695789420928, chrf: 0.718009834665, exact_match: 0.5, cer: 0.1 },
  ],
  [
    ['one two three four five', 'six'],
    ['one two three four', ''],
    { bleu: 0.606530659713, chrf: 0.759965941044, exact_match: 0, cer: 0.307692307692 },
  ],
])('metrics of texts are those of the field: %j', async (wanted, found, expected) => {
  const file = path.join(scratch, 'texts.csv');
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = wanted.map((text, index) => [String(index), quoted(text), quoted(found[index]!)].join(','));
  writeFileSync(file, `row_id,y_true,y_pred\n${lines.join('\n')}\n`);
  const argv: [string, ...string[]] = [python, path.join(config.packageFolder, 'python/recompute.py'), file];
  const engine = await world.run([...argv, '--task', 'sequence_to_sequence', '--metric', 'chrf'], {
    cwd: scratch,
    limitSeconds: 60,
  });
  expect(engine.exitCode, engine.stderr).toBe(0);
  const { metrics } = Object.values(JSON.parse(engine.stdout).files)[0] as { metrics: Record<string, number> };
  for (const [name, value] of Object.entries(expected))
    expect([name, metrics[name]]).toEqual([name, expect.closeTo(value, 9)]);
});
