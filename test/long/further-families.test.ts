import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorkbench } from '../../src/environment/workbench.ts';
import { composeTemplate, templateFile } from '../../src/scaffold/template.ts';
import { furtherLayer } from '../../src/stages/framework/further/further-layer.ts';
import { sharedPackages, sharedTemplate, templateOf } from '../../src/stages/templates.ts';
import { realWorld } from '../../src/world/world.ts';

const config = loadConfig(process.env);
const work = mkdtempSync(path.join(tmpdir(), 'further-families-'));
const bench = createWorkbench({
  config,
  run: realWorld(config).run,
  rules: loadRules({ packageFolder: config.packageFolder, language: 'en' }).rules.VENV_CONFIG,
  templateFolder: sharedTemplate(config),
  packages: sharedPackages(config),
  scratch: path.join(work, 'python'),
});
afterAll(async () => {
  await bench.close();
  rmSync(work, { recursive: true, force: true });
});

const head = (imports: string) =>
  `from __future__ import annotations\n\nfrom typing import Any\n\nimport torch\nfrom torch import Tensor, nn\n\n${imports}\n\n`.replace(
    /\n{4,}/g,
    '\n\n\n',
  );
/** A small network for each family that asks for one, with its settings. */
const networks: Record<string, [module: string, settings: string]> = {
  text_classification: [
    `"""The mean of the terms, then a hidden layer."""\n\n` +
      head('') +
      `def build(architecture: dict[str, Any], outputs: int) -> nn.Module:
    layers = architecture["layers"]
    return Deep(architecture["size"], outputs, layers["width"], layers["dropout"])


class Deep(nn.Module):
    def __init__(self, size: int, outputs: int, width: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(size, width, padding_idx=0)
        self.body = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Dropout(dropout))
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        vectors = self.embedding(x[:, 0].long())
        whole = (vectors * x[:, 1].unsqueeze(2)).sum(dim=1)
        result: Tensor = self.head(whole + self.body(whole)).unsqueeze(1)
        return torch.clamp(result, -50.0, 50.0)
`,
    '  width: 16\n  dropout: 0.1\n',
  ],
  time_series_forecasting: [
    `"""One line from the whole window to every step."""\n\n` +
      head('from ml_project.layout import FIRST, Layout\n') +
      `def build(architecture: dict[str, Any], outputs: int) -> nn.Module:
    layout = Layout(**architecture["layout"])
    return Lines(layout, outputs, architecture["layers"]["dropout"])


class Lines(nn.Module):
    def __init__(self, layout: Layout, outputs: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.line = nn.Linear(layout.width - FIRST, outputs)
        nn.init.zeros_(self.line.weight)

    def prepare(self, x: Tensor, z: Tensor) -> None:
        self.line.bias.copy_(z.nanmean(dim=0).nan_to_num())

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.line(self.dropout(x[:, FIRST:]))
        return torch.unsqueeze(result, 1)
`,
    '  dropout: 0.0\n',
  ],
  image_classification: [
    `"""Pixels through one hidden layer."""\n\n` +
      head('from ml_project.models.networks import moved\n') +
      `def build(architecture: dict[str, Any], outputs: int) -> nn.Module:
    layers = architecture["layers"]
    pixels = architecture["channels"] * architecture["size"] ** 2
    return Flat(pixels, outputs, layers)


class Flat(nn.Module):
    def __init__(self, pixels: int, outputs: int, layers: dict[str, Any]) -> None:
        super().__init__()
        self.shift, self.turn = layers["shift"], layers["turn"]
        self.body = nn.Sequential(nn.Linear(pixels, layers["width"]), nn.ReLU())
        self.dropout = nn.Dropout(layers["dropout"])
        self.head = nn.Linear(layers["width"], outputs)

    def forward(self, x: Tensor) -> Tensor:
        if self.training and (self.shift or self.turn):
            x = moved(x, self.shift, self.turn)
        result: Tensor = self.head(self.dropout(self.body(torch.flatten(x, 1))))
        return result.unsqueeze(1)
`,
    '  width: 64\n  dropout: 0.1\n  shift: 0.05\n  turn: 0.1\n',
  ],
};

test.each(Object.entries(networks))(
  '%s takes a further network: it may do what it does, and passes every tool',
  async (task, [module, settings]) => {
    const { python } = await bench.environment();
    const template = templateOf(config, task)!;
    const folder = await composeTemplate(template, path.join(work, task));
    const layer = furtherLayer({ model: 'extra', module, settings: `model:\n  name: extra\n${settings}` }, (file) =>
      readFileSync(templateFile(template, file), 'utf8'),
    );
    for (const [file, text] of layer) writeFileSync(path.join(folder, file), text);
    const run = (...argv: string[]) => {
      const { status, stdout, stderr } = spawnSync(python, argv, { cwd: folder, encoding: 'utf8' });
      expect(status, stdout + stderr).toBe(0);
      return stdout;
    };
    const own = 'ml_project/models/extra.py';
    expect(JSON.parse(run(path.join(config.packageFolder, 'python/check_module.py'), own, 'ml_project'))).toEqual([]);
    run('-m', 'ruff', 'check', '--no-cache', ...[...layer.keys()].filter((file) => file.endsWith('.py')));
    run('-m', 'mypy', '--no-error-summary', '--cache-dir', '/dev/null', own, 'ml_project/models/networks.py');
    run(
      '-m',
      'pytest',
      '-q',
      '-x',
      '-p',
      'no:cacheprovider',
      'tests/test_models.py',
      'tests/test_run.py',
      '-k',
      'extra',
    );
  },
);
