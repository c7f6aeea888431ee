/** Ruff, mypy and pytest on the templates as they stand, in the environment that their pins describe. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadRules } from '../src/artifacts/rules/rules.ts';
import { loadConfig } from '../src/config.ts';
import { createWorkbench } from '../src/environment/workbench.ts';
import { realWorld } from '../src/world/world.ts';

const config = loadConfig();
const world = realWorld(config);
const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const folder = path.join(config.packageFolder, 'templates/tabular');
const scratch = mkdtempSync(path.join(tmpdir(), 'templates-'));
const workbench = createWorkbench({ config, run: world.run, rules: rules.VENV_CONFIG, templateFolder: folder, scratch });
const bin = path.dirname((await workbench.environment()).python);

const checks: [string, ...string[]][] = [
  [`${bin}/ruff`, 'check', '--no-cache', '.'],
  [`${bin}/ruff`, 'format', '--no-cache', '--check', '.'],
  [`${bin}/mypy`, '--no-error-summary', '--cache-dir', path.join(scratch, 'mypy')],
  [`${bin}/python`, '-m', 'pytest', '-q', '-p', 'no:cacheprovider'],
];
let failed = 0;
for (const argv of checks) {
  const result = await world.run(argv, { cwd: folder, limitSeconds: 300 });
  console.log(`${result.exitCode === 0 ? '✓' : '✗'} ${argv.slice(0).map((one) => path.basename(one)).join(' ')} (${result.seconds.toFixed(1)} s)`);
  if (result.exitCode === 0) continue;
  failed += 1;
  console.log(`${result.stdout}${result.stderr}`.trimEnd());
}
await workbench.close();
process.exitCode = failed === 0 ? 0 : 1;
