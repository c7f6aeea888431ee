import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorkbench } from '../../src/environment/workbench.ts';
import { composeTemplate } from '../../src/scaffold/template.ts';
import { familyLayers, layersOf, paddleOf, sharedPackages, sharedTemplate } from '../../src/stages/templates.ts';
import { realWorld } from '../../src/world/world.ts';
import { packageFolder, specwright } from './command-line.ts';

const config = loadConfig();
const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const scratch = mkdtempSync(path.join(tmpdir(), 'twins-'));
const bench = createWorkbench({
  config,
  run: realWorld(config).run,
  rules: rules.VENV_CONFIG,
  templateFolder: sharedTemplate(config),
  packages: sharedPackages(config),
  paddle: paddleOf(config, 'both'),
  scratch: path.join(scratch, 'python'),
});
afterAll(async () => {
  await bench.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe('networks in PyTorch and in PaddlePaddle', () => {
  test.for(
    familyLayers.filter((family) => layersOf(config, family, 'both').length > layersOf(config, family, 'torch').length),
  )('of the family %s learn the same, and are saved, resumed and exported', async (family, ctx) => {
    const missing = await bench.withoutPaddle();
    if (missing !== null) ctx.skip(`not run here: ${missing}`);
    const template = { layers: layersOf(config, family, 'both'), package: 'ml_project' };
    const cwd = await composeTemplate(template, path.join(scratch, family));
    const ended = await bench.fork(['-m', 'pytest', '-p', 'no:cacheprovider', 'tests/test_twins.py'], {
      cwd,
      limitSeconds: 200,
    });
    expect(ended.exitCode, ended.stdout + ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/\d+ passed/);
  });

  test('stand side by side in the report of the first epoch', async (ctx) => {
    const missing = await bench.withoutPaddle();
    if (missing !== null) ctx.skip(`not run here: ${missing}`);
    const root = path.join(scratch, 'penguins');
    const samples = path.join(packageFolder, 'samples', 'penguins');
    const ended = await specwright(
      ['create', path.join(samples, 'brief.md'), '--data', path.join(samples, 'penguins.csv'), '--out', root,
        '--framework', 'both', '--until', '2.3', '--yes', '--json'], // biome-ignore format: an argv
      { cwd: scratch, limitMs: 200_000 },
    );
    expect(ended.code, ended.all).toBe(0);
    const report = readFileSync(path.join(root, 'reports/bugfix_report.md'), 'utf8');
    expect(report).toMatch(/\| loss \(valid\) \| [\d.]+ \| [\d.]+ \| [\d.]+e-\d+ \| 0\.001 \|/);
  });
});
