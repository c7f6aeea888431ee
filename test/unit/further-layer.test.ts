import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { templateFile } from '../../src/scaffold/template.ts';
import { furtherLayer } from '../../src/stages/framework/further/further-layer.ts';
import { familyOf, templateOf } from '../../src/stages/templates.ts';

const config = loadConfig({});
const tasks = ['tabular_classification', 'text_classification', 'image_classification', 'time_series_forecasting'];
const settings = 'model:\n  name: ring_net\n  width: 8\n  dropout: 0.1\n  sharp: true\n';
const layerOf = (task: string, text = settings, module = 'X = 1\n') => {
  const template = templateOf(config, task)!;
  return furtherLayer({ model: 'ring_net', module, settings: text }, (file) =>
    readFileSync(templateFile(template, file), 'utf8'),
  );
};

test.each(tasks)('%s names one network more in its four places', (task) => {
  expect(familyOf(config, task).further).toMatch(/build\(architecture, outputs\)/);
  const files = layerOf(task);
  const family = files.get('ml_project/family.py')!;
  expect(family).toMatch(/^NETWORKS = \("\w+", "\w+", "ring_net"\)$/m);
  expect(family).toContain(
    '@dataclass\nclass RingNetSettings:\n    name: str\n    width: int\n    dropout: float\n    sharp: bool\n\n\nMODEL_SETTINGS',
  );
  expect(family).toContain('    "ring_net": RingNetSettings,\n}\n');
  expect(files.get('ml_project/models/networks.py')).toContain('from ml_project.models.ring_net import build\n');
  expect(files.get('tests/made.py')).toContain('    "ring_net": [],\n}\n');
  expect([...files.keys()].sort()).toEqual([
    'configs/model/ring_net.yaml',
    'ml_project/family.py',
    'ml_project/models/networks.py',
    'ml_project/models/ring_net.py',
    'tests/made.py',
  ]);
});

test.each(tasks)('%s trains it by the loss that it brings', (task) => {
  const module = 'def loss(raw: Tensor, truth: Tensor) -> Tensor:\n    return (raw - truth).mean()\n';
  const files = layerOf(task, settings, module);
  const truth = task === 'time_series_forecasting' ? 'z' : 'y if self.classes else (y - self.center) / self.spread';
  expect(files.get('ml_project/models/predictor.py')).toContain(
    `        if self.architecture["layers"]["name"] == "ring_net":\n            from ml_project.models.ring_net import loss\n\n            return loss(raw, ${truth})\n`,
  );
});

test('families that train in another way ask for none', () => {
  expect(['sequence_to_sequence', 'face_verification'].map((task) => familyOf(config, task).further)).toEqual([
    undefined,
    undefined,
  ]);
});

test.each([
  ['no YAML', '{{'],
  ['another name', 'model:\n  name: other\n'],
  ['a list', 'model:\n  name: ring_net\n  widths: [1, 2]\n'],
  ['more than one map', 'model:\n  name: ring_net\ntrainer:\n  epochs: 900\n'],
  ['an anchor', 'model: &a\n  name: ring_net\n  again: *a\n'],
  ['a name that is code', 'model:\n  name: ring_net\n  "x: int\\nimport os": 1\n'],
  ['too long', `${settings}#${'x'.repeat(5000)}\n`],
])('settings that are %s are refused', (_, text) => {
  expect(() => layerOf('tabular_classification', text)).toThrow(/configs\/model\/ring_net.yaml/);
});
