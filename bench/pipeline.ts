/**
 * Where the time of a run goes: `node bench/pipeline.ts [--runs N] [--case FOLDER] [--cold] [--json]`.
 * Runs the command line on the sample (or on a folder with case.yaml) with warm caches, and beside it, in the same
 * minutes, what the same work costs without us: one fresh `train.py` and one start of the service. `--cold` builds the
 * Python environment in an empty cache beside plain pip. `--json` prints one object as the last line.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadRules } from '../src/artifacts/rules/rules.ts';
import { loadConfig } from '../src/config.ts';
import { cloneEnvironment } from '../src/environment/cached-environment.ts';
import { startPreloadedPython } from '../src/environment/preloaded-python.ts';
import { createWorkbench } from '../src/environment/workbench.ts';
import { readJournal } from '../src/pipeline/journal.ts';
import { verdictRecord } from '../src/pipeline/state.ts';
import { sharedPackages, sharedTemplate } from '../src/stages/templates.ts';
import { realWorld } from '../src/world/world.ts';

const config = loadConfig();
const world = realWorld(config);
const program = join(config.packageFolder, 'bin/specwright.js');
const place = mkdtempSync(join(tmpdir(), 'specwright-bench-'));

const main = async (options: { runs: number; folder: string | undefined; cold: boolean; json: boolean }) => {
  const given = options.folder ? caseOf(resolve(options.folder)) : sampleOf();
  const runs = Array.from({ length: options.runs }, (_, index) => runOnce(given, join(place, `run-${index}`)));
  const root = join(place, 'run-0');
  const floor = await floorOf(root);
  const again = fastest(5, () => command(['resume', root, '--yes'], place));
  const result = {
    total: median(runs.map(({ seconds }) => seconds)),
    stages: stagesOf(runs.map(({ stages }) => stages)),
    engine: median(runs.map(({ stages }) => sum(stages.map(({ engine }) => engine)))),
    floor,
    again,
    help: fastest(9, () => command(['--help'], place)),
    node: fastest(9, () => timed(process.execPath, ['-e', '0'], place)),
    fork: await forkOf(root),
    clone: await cloneOf(),
    cold: options.cold ? await coldOf() : null,
  };
  print(result);
  const { times } = lastObject(
    spawnSync(process.execPath, [program, 'status', root, '--json'], { encoding: 'utf8' }).stdout,
  );
  for (const { stage, parts } of times)
    console.log(
      `  ${stage}  ${parts
        .filter(({ seconds }) => seconds >= 0.05)
        .map(({ kind, what, seconds }) => `${kind === 'call' ? what : `${kind} ${what}`.trim()} ${seconds.toFixed(1)}`)
        .join(' · ')}`,
    );
  if (options.json) console.log(JSON.stringify({ ...result, parts: times }));
};

type Given = { brief: string; data: string };

const sampleOf = (): Given => {
  const folder = join(config.packageFolder, 'samples/penguins');
  return { brief: readFileSync(join(folder, 'brief.md'), 'utf8').trim(), data: join(folder, 'penguins.csv') };
};

const brief = z.union([z.string(), z.object({ en: z.string() }).transform(({ en }) => en)]);
const caseFile = z.object({ brief: brief.optional(), en: z.string().optional(), data: z.string().optional() });

/** A case names its brief (in English where it has both) and its table. */
const caseOf = (folder: string): Given => {
  const { brief: text, en, data } = caseFile.parse(parse(readFileSync(join(folder, 'case.yaml'), 'utf8')));
  const words = text ?? en;
  if (words === undefined) throw new Error(`${folder}/case.yaml holds no brief`);
  return { brief: words, data: resolve(folder, data ?? 'data.csv') };
};

const partsSchema = z.object({
  times: z.array(
    z.object({
      stage: z.string(),
      seconds: z.number(),
      parts: z.array(z.object({ kind: z.string(), what: z.string(), seconds: z.number() })),
    }),
  ),
});
const lastObject = (text: string) => partsSchema.parse(JSON.parse(text.trimEnd().split('\n').at(-1) ?? ''));

const runOnce = ({ brief, data }: Given, root: string) => {
  const seconds = command(['create', brief, '--data', data, '--out', root, '--yes', '--target', 'process'], place);
  const stages = readJournal(join(root, '.specwright/journal.jsonl'))
    .filter(({ kind }) => kind === 'verdict')
    .map(({ data }) => verdictRecord.parse(data))
    .map(({ stage, seconds: parts }) => ({ stage, ...parts }));
  return { seconds, stages };
};

type StageSeconds = { stage: string; run: number; collect: number; gate: number; engine: number };

const stagesOf = (runs: StageSeconds[][]): StageSeconds[] =>
  runs[0]!
    .map(({ stage }) => {
      const same = runs.flatMap((stages) => stages.filter((one) => one.stage === stage));
      const part = (name: 'run' | 'collect' | 'gate' | 'engine') => median(same.map((one) => one[name]));
      return { stage, run: part('run'), collect: part('collect'), gate: part('gate'), engine: part('engine') };
    })
    .sort((a, b) => a.stage.localeCompare(b.stage));

/** The same training and the same service, each in a fresh process, without us. */
const floorOf = async (root: string) => {
  const python = join(root, 'debug-cpu/bin/python');
  const model = JSON.parse(readFileSync(join(root, 'models/current/model.json'), 'utf8')) as { name?: string };
  const name = model.name ? [`model.name=${model.name}`] : [];
  const train = timed(
    python,
    [
      'scripts/train.py',
      '--config',
      'configs/config.yaml',
      '--data',
      'data/full',
      '--output',
      join(place, 'floor'),
      ...name,
    ],
    root,
  );
  return { train, serve: await serveSeconds(root), model: model.name ?? null };
};

const serveSeconds = async (root: string): Promise<number> => {
  const plan = z
    .object({ argv: z.array(z.string()), env: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(root, '.specwright/service-plan.json'), 'utf8')));
  const port = plan.argv[plan.argv.indexOf('--port') + 1];
  const started = performance.now();
  const service = spawn(plan.argv[0]!, plan.argv.slice(1), { cwd: root, env: plan.env, stdio: 'ignore' });
  try {
    while (performance.now() - started < 60_000) {
      const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null);
      if (answer?.ok) return (performance.now() - started) / 1000;
      await pause(10);
    }
    throw new Error('the service was not ready after 60 s');
  } finally {
    service.kill('SIGKILL');
  }
};

/** A script that does nothing: in a fork of the preloaded Python, alone, and with the libraries that the fork has. */
const forkOf = async (root: string) => {
  const python = join(root, 'debug-cpu/bin/python');
  const modules = readFileSync(join(config.packageFolder, 'templates/base/preload.txt'), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const script = join(place, 'nothing.py');
  writeFileSync(script, 'pass\n');
  const started = performance.now();
  const preloaded = await startPreloadedPython({
    python,
    server: join(config.packageFolder, 'python/preload.py'),
    modules,
    scratch: join(place, 'preloaded'),
    environment: config.childEnvironment,
    signal: new AbortController().signal,
  });
  const preload = (performance.now() - started) / 1000;
  try {
    const forks: number[] = [];
    for (let index = 0; index < 9; index++)
      forks.push((await preloaded.run([script], { cwd: place, limitSeconds: 20 })).seconds);
    const imports = modules.map((name) => `try:\n import ${name}\nexcept ImportError: pass`).join('\n');
    return {
      preload,
      fork: Math.min(...forks),
      fresh: fastest(5, () => timed(python, [script], place)),
      freshWithLibraries: fastest(2, () => timed(python, ['-c', imports], place)),
    };
  } finally {
    preloaded.close();
  }
};

const cloneOf = async (): Promise<number> => {
  const { folder } = await environmentIn(config.cacheFolder);
  const started = performance.now();
  await cloneEnvironment(world.run, folder, join(place, 'clone'));
  return (performance.now() - started) / 1000;
};

/** The environment of the template, as a run takes it from its cache. */
const environmentIn = (cacheFolder: string) => {
  const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en', ownFolders: [] });
  return createWorkbench({
    config: { ...config, cacheFolder },
    run: world.run,
    rules: rules.VENV_CONFIG,
    templateFolder: sharedTemplate(config),
    packages: sharedPackages(config),
    scratch: join(place, 'python'),
  }).environment();
};

/** Ours in an empty cache against plain pip in a fresh venv, after one build that only fills pip's own cache. */
const coldOf = async () => {
  const { folder } = await environmentIn(join(place, 'cache-0'));
  const ours = await environmentIn(join(place, 'cache-1'));
  const plain = join(place, 'plain');
  const started = performance.now();
  timed('python3', ['-m', 'venv', plain], place);
  const pins = join(folder, 'requirements.txt');
  timed(
    join(plain, 'bin/python'),
    ['-m', 'pip', 'install', '--no-compile', '--no-input', '--quiet', '-r', pins],
    place,
  );
  return { ours: ours.seconds, pip: (performance.now() - started) / 1000 };
};

const command = (args: string[], cwd: string): number => timed(process.execPath, [program, ...args], cwd);

const timed = (file: string, args: string[], cwd: string): number => {
  const started = performance.now();
  const { status, stderr, stdout } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: config.childEnvironment,
    maxBuffer: 1 << 26,
  });
  if (status !== 0)
    throw new Error(`${file} ${args.join(' ')} ended with ${status}\n${stdout.slice(-1000)}${stderr.slice(-2000)}`);
  return (performance.now() - started) / 1000;
};

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const fastest = (times: number, measure: () => number): number => Math.min(...Array.from({ length: times }, measure));

type Result = {
  total: number;
  stages: StageSeconds[];
  engine: number;
  floor: { train: number; serve: number; model: string | null };
  again: number;
  help: number;
  node: number;
  fork: Awaited<ReturnType<typeof forkOf>>;
  clone: number;
  cold: { ours: number; pip: number } | null;
};

const print = ({ total, stages, engine, floor, again, help, node, fork, clone, cold }: Result) => {
  const seconds = (value: number) => value.toFixed(3).padStart(8);
  console.log('stage      run  collect     gate   engine');
  for (const one of stages)
    console.log(
      `${one.stage}  ${seconds(one.run)} ${seconds(one.collect)} ${seconds(one.gate)} ${seconds(one.engine)}`,
    );
  const bare = floor.train + floor.serve;
  const rows: [string, number, string][] = [
    ['whole run', total, `${(total / bare).toFixed(1)} x the floor`],
    [
      'floor',
      bare,
      `train.py of ${floor.model} ${floor.train.toFixed(2)}, service until ready ${floor.serve.toFixed(2)}`,
    ],
    ['engine alone', engine, `${((100 * engine) / total).toFixed(2)} % of the run`],
    ['unchanged, run again', again, ''],
    ['--help', help, `node -e 0 ${node.toFixed(3)}, ${(help / node).toFixed(2)} x`],
    [
      'fork of a script',
      fork.fork,
      `fresh ${fork.fresh.toFixed(3)}, with the libraries ${fork.freshWithLibraries.toFixed(2)}, loaded once in ${fork.preload.toFixed(2)}`,
    ],
    ['clone of the environment', clone, ''],
  ];
  if (cold)
    rows.push([
      'environment from nothing',
      cold.ours,
      `pip alone ${cold.pip.toFixed(1)}, ${(cold.ours / cold.pip).toFixed(2)} x`,
    ]);
  for (const [what, value, beside] of rows)
    console.log(`${what.padEnd(26)} ${value.toFixed(3).padStart(9)} s  ${beside}`);
};

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1' },
    case: { type: 'string' },
    cold: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
try {
  await main({ runs: Number(values.runs), folder: values.case, cold: values.cold, json: values.json });
} finally {
  rmSync(place, { recursive: true, force: true });
}
