import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import iconv from 'iconv-lite';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { cloneEnvironment } from '../../src/environment/cached-environment.ts';
import { createWorkbench } from '../../src/environment/workbench.ts';
import { createProject } from '../../src/operations/create.ts';
import { runProject } from '../../src/operations/run.ts';
import type { Failure } from '../../src/repair/fault.ts';
import { knownFaults } from '../../src/repair/known-faults.ts';
import { repairUntilPassing } from '../../src/repair/loop.ts';
import type { StageContext } from '../../src/stages/context.ts';
import { repairBench } from '../../src/stages/repair-bench.ts';
import { sharedPackages, sharedTemplate } from '../../src/stages/templates.ts';
import { realWorld } from '../../src/world/world.ts';
import { sample } from './sample.ts';

const config = loadConfig();
const world = realWorld(config);
const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const base = mkdtempSync(path.join(tmpdir(), 'repair-'));
const pristine = path.join(base, 'pristine');
const root = path.join(base, 'project');
const python = path.join(root, 'debug-cpu/bin/python');
let environment = '';

beforeAll(async () => {
  await createProject(
    config,
    { brief: sample.brief, data: sample.data, out: pristine, device: 'cpu' },
    { cwd: base, scratch: base, now: world.now },
  );
  const result = await runProject(config, world, pristine, {
    until: '1.3',
    signal: new AbortController().signal,
    answerer: async (question) => ({ value: question.recommended, by: 'recommended' }),
    onChange: () => undefined,
    onProgress: () => undefined,
  });
  expect(result.report.stages.get('1.3')?.status).toBe('passed');
  const bench = createWorkbench({
    config,
    run: world.run,
    rules: rules.VENV_CONFIG,
    templateFolder: sharedTemplate(config),
    packages: sharedPackages(config),
    scratch: base,
  });
  environment = (await bench.environment()).folder;
  await bench.close();
});

beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  cpSync(pristine, root, { recursive: true });
});

const at = (file: string) => path.join(root, file);
const edit = (file: string, from: string | RegExp, to: string) => {
  const text = readFileSync(at(file), 'utf8');
  const changed = text.replace(from, to);
  expect(changed, `${file} holds nothing like ${from}`).not.toBe(text);
  writeFileSync(at(file), changed);
};

/** Faults of training show in a network, whatever the sample's best model is. */
const chooseNetwork = () => {
  const file = at('configs/config.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/name: \w+/, 'name: mlp'));
};

/** The stage's context as far as a repair needs it. */
const context = (): StageContext =>
  ({
    root,
    rules,
    settings: { device: 'cpu' },
    at: (...parts: string[]) => path.join(root, ...parts),
    write: async (file: string, content: string) => writeFileSync(at(file), content),
    tool: world.run,
  }) as unknown as StageContext;

const train = async (memoryMb = 8000, seconds = 120): Promise<Failure | null> => {
  const argv = [
    python,
    'scripts/train.py',
    '--config',
    'configs/config.yaml',
    '--data',
    'data/mini',
    '--epochs',
    '1',
    '--output',
    'runs/x',
  ] as const;
  const result = await world.run(argv, { cwd: root, limitSeconds: seconds, limitMemoryMb: memoryMb });
  return result.exitCode === 0
    ? null
    : { command: argv.join(' '), exitCode: result.exitCode, ended: result.ended, output: result.stderr };
};

const repair = async (first: Failure, attempt = train) =>
  repairUntilPassing({
    first,
    attempt: () => attempt(),
    bench: await repairBench(context()),
    faults: knownFaults,
    maximumRepairs: 6,
    triesPerFault: 3,
  });

test.each<[fault: string, inject: () => unknown]>([
  ['wrong-config-key', () => edit('configs/trainer/trainer.yaml', /weight_decay:/, 'weight_decey:')],
  [
    'wrong-config-key',
    () =>
      edit(
        'configs/data/data.yaml',
        /valid_fraction:.*/,
        ((line) => `${line}\n  shufle_rows: true`)('valid_fraction: 0.2'),
      ),
  ],
  ['wrong-path', () => edit('configs/config.yaml', 'trainer/trainer.yaml', 'trainer/trainr.yaml')],
  ['wrong-path', () => edit('configs/data/data.yaml', 'data/schema.json', 'data/shema.json')],
  [
    'encoding',
    () =>
      writeFileSync(
        at('data/mini/data.csv'),
        iconv.encode(readFileSync(at('data/mini/data.csv'), 'utf8').replaceAll(/Aldra/g, '阿德利岛'), 'gb18030'),
      ),
  ],
  [
    'loss-not-finite',
    () => edit('configs/trainer/trainer.yaml', /one_epoch_learning_rate: \S+/, 'one_epoch_learning_rate: 1.0e+25'),
  ],
  ['missing-column', () => edit('data/mini/data.csv', /^row_id,([^,]+),([^,]+)/, 'row_id,$1,renamed')],
  ['label-out-of-range', () => edit('data/schema.json', /"classes": \[\s*"[^"]+",/, '"classes": [')],
  [
    'missing-dependency',
    async () => world.run([python, '-m', 'pip', 'uninstall', '-y', 'threadpoolctl', 'omegaconf'], { limitSeconds: 60 }),
  ],
])('%s is found and mended', async (fault, inject) => {
  await cloneEnvironment(world.run, environment, path.join(root, 'debug-cpu'));
  chooseNetwork();
  await inject();
  const first = await train();
  expect(first, 'the injected fault makes the run fail').not.toBeNull();
  const outcome = await repair(first!);
  expect(outcome.unresolved).toBeNull();
  expect(outcome.passed).toBe(true);
  expect(outcome.records.filter(({ kept }) => kept).map((record) => record.fault)).toContain(fault);
});

test('memory that runs out by the size of a batch is mended by smaller batches', async () => {
  await cloneEnvironment(world.run, environment, path.join(root, 'debug-cpu'));
  chooseNetwork();
  edit('configs/trainer/trainer.yaml', /batch_size: \S+/, 'batch_size: 512');
  // The limit stands for a machine on which a batch of 512 does not fit, as the kernel would tell it.
  const attempt = async (): Promise<Failure | null> => {
    const batch = Number(/batch_size: (\d+)/.exec(readFileSync(at('configs/trainer/trainer.yaml'), 'utf8'))![1]);
    return batch > 32 ? { command: 'train', exitCode: 137, ended: 'memory limit', output: 'Killed' } : train();
  };
  const outcome = await repair((await attempt())!, attempt);
  expect(outcome.passed).toBe(true);
  expect(outcome.records).toHaveLength(2);
});

test('an unknown fault ends the loop with the smallest command that shows it', async () => {
  await cloneEnvironment(world.run, environment, path.join(root, 'debug-cpu'));
  const file = 'scripts/train.py';
  writeFileSync(
    at(file),
    readFileSync(at(file), 'utf8').replace(
      'import argparse',
      'raise RuntimeError("the disc spins backwards")\nimport argparse',
    ),
  );
  const outcome = await repair((await train())!);
  expect(outcome).toMatchObject({ passed: false, records: [] });
  expect(outcome.unresolved).toMatch(/the disc spins backwards.*scripts\/train\.py/);
});
