/**
 * Ruff, mypy and pytest on the project of each task family, composed of its layers, in the environment that the pins
 * describe. `--family NAME` checks one alone, `--framework both` the projects that have PaddlePaddle as well.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadRules } from '../src/artifacts/rules/rules.ts';
import { loadConfig } from '../src/config.ts';
import { createWorkbench } from '../src/environment/workbench.ts';
import { formatPython, sortImports } from '../src/scaffold/ruff.ts';
import { composeTemplate } from '../src/scaffold/template.ts';
import { familyLayers, layersOf, paddleOf, sharedPackages, sharedTemplate } from '../src/stages/templates.ts';
import { listFiles, readText, writeAtomically } from '../src/world/files.ts';
import { realWorld } from '../src/world/world.ts';

const { values } = parseArgs({ options: { family: { type: 'string' }, framework: { type: 'string' } } });
const framework = values.framework === 'both' ? 'both' : 'torch';
const config = loadConfig();
const world = realWorld(config);
const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const scratch = mkdtempSync(path.join(tmpdir(), 'templates-'));
const workbench = createWorkbench({
  config,
  run: world.run,
  rules: rules.VENV_CONFIG,
  templateFolder: sharedTemplate(config),
  packages: sharedPackages(config),
  paddle: paddleOf(config, framework),
  scratch,
});
const bin = path.dirname((await workbench.environment()).python);
let failed = 0;

const check = async (what: string, folder: string, [program, ...rest]: [string, ...string[]]): Promise<void> => {
  const result = await world.run([`${bin}/${program}`, ...rest], { cwd: folder, limitSeconds: 800 });
  console.log(`${result.exitCode === 0 ? '✓' : '✗'} ${what} (${result.seconds.toFixed(1)} s)`);
  if (result.exitCode === 0) return;
  failed += 1;
  console.log(`${result.stdout}${result.stderr}`.trimEnd());
};

/** Stage 1.4 would refuse a longer file in everybody's project. */
const checkLengths = (family: string, folder: string): void => {
  const python = listFiles(folder, (one) => /__pycache__|_cache|^runs|^models|^tests/.test(one)).filter((file) =>
    file.endsWith('.py'),
  );
  for (const file of python) {
    const lines = readText(path.join(folder, file)).trimEnd().split('\n').length;
    if (lines <= rules.ML.file_lines) continue;
    failed += 1;
    console.log(`✗ ${family}: ${file} has ${lines} lines, at most ${rules.ML.file_lines}`);
  }
};

/** Rendering renames the package: neither the longest name nor its place in the alphabet may break a line or an order. */
const checkRenamed = async (family: string, folder: string, name: string): Promise<void> => {
  const renamed = path.join(scratch, `${family}-${name}`);
  const rename = (text: string) => text.replaceAll(/\bml_project\b/g, name);
  for (const file of listFiles(folder, (one) => /__pycache__|_cache|^runs|^models/.test(one))) {
    if (!/\.(py|toml)$/.test(file)) continue;
    const text = rename(readText(path.join(folder, file)));
    const content = file.endsWith('.py') ? await formatPython(await sortImports(text, [name, 'tests'])) : text;
    await writeAtomically(path.join(renamed, rename(file)), content);
  }
  await check(`${family}: ruff check with the package called ${name}`, renamed, ['ruff', 'check', '--no-cache', '.']);
};

const checkFamily = async (family: string, cache: string): Promise<void> => {
  const layers = layersOf(config, family, framework);
  const folder = await composeTemplate({ layers, package: 'ml_project' }, path.join(scratch, family));
  checkLengths(family, folder);
  await check(`${family}: ruff check`, folder, ['ruff', 'check', '--no-cache', '.']);
  await check(`${family}: ruff format`, folder, ['ruff', 'format', '--no-cache', '--check', '.']);
  await check(`${family}: mypy`, folder, ['mypy', '--no-error-summary', '--cache-dir', cache]);
  await check(`${family}: pytest`, folder, ['python', '-m', 'pytest', '-q', '-p', 'no:cacheprovider']);
  for (const name of ['a_rather_long_name_of_thirty_c', 'zebra']) await checkRenamed(family, folder, name);
};

// Two lanes: each family uses one thread, and a cache of mypy serves one reader at a time.
const families = familyLayers.filter((name) => values.family === undefined || name === values.family);
await Promise.all(
  [0, 1].map(async (lane) => {
    const own = families.filter((_, index) => index % 2 === lane);
    for (const family of own) await checkFamily(family, path.join(scratch, `mypy-${lane}`));
  }),
);
await workbench.close();
process.exitCode = failed === 0 ? 0 : 1;
