import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorkbench } from '../../src/environment/workbench.ts';
import { sharedPackages, sharedTemplate } from '../../src/stages/templates.ts';
import { realWorld } from '../../src/world/world.ts';

const config = loadConfig();
const world = realWorld(config);
const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const scratch = mkdtempSync(path.join(tmpdir(), 'leaks-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('every planted leak is named, and nothing in honest data', async () => {
  const bench = createWorkbench({
    config,
    run: world.run,
    rules: rules.VENV_CONFIG,
    templateFolder: sharedTemplate(config),
    packages: sharedPackages(config),
    scratch,
  });
  const { python } = await bench.environment();
  await bench.close();
  const done = await world.run(
    [python, path.join(import.meta.dirname, 'plant_leaks.py'), path.join(config.packageFolder, 'python/find_leaks.py')],
    { cwd: scratch, limitSeconds: 120 },
  );
  expect(done.exitCode, done.stderr).toBe(0);
  const report = JSON.parse(done.stdout) as Record<string, { planted: string[]; found: string[] }>;
  expect(Object.values(report).filter(({ planted }) => planted.length > 0).length).toBeGreaterThanOrEqual(10);
  for (const [name, { planted, found }] of Object.entries(report)) expect([name, found]).toEqual([name, planted]);
});
