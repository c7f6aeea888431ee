/** Ruff, mypy and pytest on the templates as they stand, in the environment that their pins describe. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadRules } from '../src/artifacts/rules/rules.ts';
import { loadConfig } from '../src/config.ts';
import { createWorkbench } from '../src/environment/workbench.ts';
import { formatPython, sortImports } from '../src/scaffold/ruff.ts';
import { listFiles, readText, writeAtomically } from '../src/world/files.ts';
import { realWorld } from '../src/world/world.ts';

const config = loadConfig();
const world = realWorld(config);
const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const folder = path.join(config.packageFolder, 'templates/tabular');
const scratch = mkdtempSync(path.join(tmpdir(), 'templates-'));
const workbench = createWorkbench({
  config,
  run: world.run,
  rules: rules.VENV_CONFIG,
  templateFolder: folder,
  scratch,
});
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
  console.log(
    `${result.exitCode === 0 ? '✓' : '✗'} ${argv
      .slice(0)
      .map((one) => path.basename(one))
      .join(' ')} (${result.seconds.toFixed(1)} s)`,
  );
  if (result.exitCode === 0) continue;
  failed += 1;
  console.log(`${result.stdout}${result.stderr}`.trimEnd());
}

// Rendering renames the package: neither the longest name nor its place in the alphabet may break a line or an order.
for (const name of ['a_rather_long_name_of_thirty_c', 'zebra']) {
  const renamed = path.join(scratch, name);
  const rename = (text: string) => text.replaceAll(/\btabular_project\b/g, name);
  const files = listFiles(folder, (one) => /__pycache__|_cache|^runs|^models/.test(one));
  for (const file of files.filter((one) => /\.(py|toml)$/.test(one))) {
    const text = rename(readText(path.join(folder, file)));
    const content = file.endsWith('.py') ? await formatPython(await sortImports(text, [name, 'tests'])) : text;
    await writeAtomically(path.join(renamed, rename(file)), content);
  }
  const lint = await world.run([`${bin}/ruff`, 'check', '--no-cache', '.'], { cwd: renamed, limitSeconds: 60 });
  console.log(`${lint.exitCode === 0 ? '✓' : '✗'} ruff check with the package called ${name}`);
  if (lint.exitCode === 0) continue;
  failed += 1;
  console.log(lint.stdout);
}
await workbench.close();
process.exitCode = failed === 0 ? 0 : 1;
