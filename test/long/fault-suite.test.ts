import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedAgents } from '../../src/agents/desk.ts';
import { readArtifact } from '../../src/artifacts/document.ts';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorkbench, type Workbench } from '../../src/environment/workbench.ts';
import type { StageContext } from '../../src/stages/context.ts';
import { runAndMend } from '../../src/stages/project/one-epoch.ts';
import { layersOf, sharedPackages, sharedTemplate } from '../../src/stages/templates.ts';
import { realWorld } from '../../src/world/world.ts';
import { packageFolder, specwright } from '../system/command-line.ts';
import { byFamily, type Injection, keptApart, shared } from './faults.ts';
import { face, forecast, later, seq2seq } from './faults-of-families.ts';

const config = loadConfig();
const world = realWorld(config);
const { rules, files } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const work = mkdtempSync(path.join(tmpdir(), 'fault-suite-'));
const wanted = process.env.FAMILIES?.split(',');
const wantedFaults = process.env.FAULTS ? new RegExp(process.env.FAULTS) : /^/;
let bench: Workbench;

type Result = {
  family: string;
  name: string;
  set: string;
  found: boolean;
  repaired: boolean;
  tries: number;
  worse: boolean;
  seconds: number;
  how: string[];
};
const results: Result[] = [];

const put = (name: string, lines: string[]): string => {
  const file = path.join(work, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};

const families: Record<string, { brief: string; data: () => string; network: string }> = {
  tabular: {
    brief: 'Predict the species of a penguin from its measurements.',
    data: () => path.join(packageFolder, 'samples/penguins/penguins.csv'),
    network: 'mlp',
  },
  text: {
    brief: 'Sort short texts by their topic.',
    data: () =>
      put('text.csv', [
        'text,topic',
        ...Array.from({ length: 150 }, (_, index) => {
          const words = [
            ['match', 'goal', 'team'],
            ['bank', 'loan', 'price'],
            ['rain', 'wind', 'cloud'],
          ][index % 3]!;
          return `the ${words[index % 2]} and the ${words[2]} of day ${index},${['sport', 'money', 'weather'][index % 3]}`;
        }),
      ]),
    network: 'bag',
  },
  image: {
    brief: 'Recognise the shape on small pictures.',
    data: () => path.join(packageFolder, 'templates/image/data/images'),
    network: 'cnn',
  },
  forecast: {
    brief: 'Forecast the sales of the next 7 days from the days before.',
    data: () => path.join(packageFolder, 'templates/forecast/data/mini/data.csv'),
    network: 'mlp',
  },
  seq2seq: {
    brief: 'Translate numbers from English to Chinese.',
    data: () => path.join(packageFolder, 'templates/seq2seq/data/mini/data.csv'),
    network: 'transformer',
  },
  face: {
    brief: 'Verify whether two photos show the same person.',
    data: () => path.join(packageFolder, 'templates/face/data/images'),
    network: 'cosface',
  },
};

const own: Record<string, Injection[]> = { ...byFamily, face, forecast, seq2seq };
/** Shared code is broken in every family whose own layer does not replace it. */
const commonTo = (family: string, list: Injection[]): Injection[] =>
  list.filter(
    (one) =>
      !(one.classes && ['forecast', 'face', 'seq2seq'].includes(family)) && one.from.test(source(family, one.file)),
  );
const source = (family: string, file: string): string => {
  const place = layersOf(config, family, 'torch')
    .map((layer) => path.join(layer, file.replace('PACKAGE', 'ml_project')))
    .findLast((one) => existsSync(one));
  return place ? readFileSync(place, 'utf8') : '';
};

beforeAll(async () => {
  bench = createWorkbench({
    config,
    run: world.run,
    rules: rules.VENV_CONFIG,
    templateFolder: sharedTemplate(config),
    packages: sharedPackages(config),
    scratch: path.join(work, 'python'),
  });
  await bench.environment();
});
afterAll(async () => {
  await bench.close();
  for (const set of ['first', 'kept apart']) {
    const own = results.filter((one) => one.set === set);
    if (own.length === 0) continue;
    const share = (holds: (one: Result) => boolean) => `${own.filter(holds).length} of ${own.length}`;
    const times = own.map(({ seconds }) => seconds).sort((a, b) => a - b);
    console.log(
      `${set}: found ${share(({ found }) => found)}, repaired ${share(({ repaired }) => repaired)} (in at most 3 tries ${share(({ repaired, tries }) => repaired && tries <= 3)}), false repairs ${share(({ worse }) => worse)}, slowest ${times.at(-1)?.toFixed(0)} s`,
    );
    for (const one of own.filter(({ repaired, worse }) => !repaired || worse))
      console.log(`  left: ${one.family}: ${one.name} (found ${one.found}, worse ${one.worse})`);
  }
  rmSync(work, { recursive: true, force: true });
});

const contextOf = (root: string): StageContext =>
  ({
    root,
    config,
    rules,
    ruleFiles: files,
    workbench: bench,
    agents: embeddedAgents,
    scratch: path.join(root, '.specwright/work/2.3'),
    settings: { device: 'cpu', language: 'en', data: { path: path.join(root, 'data/images'), sha256: '' } },
    at: (...parts: string[]) => path.join(root, ...parts),
    say: (_zh: string, en: string) => en,
    progress: () => undefined,
    read: (document: Parameters<typeof readArtifact>[1]) => readArtifact(root, document),
    write: async (file: string, content: string) => writeFileSync(path.join(root, file), content),
    tool: world.run,
    fork: bench.fork,
  }) as unknown as StageContext;

const metricsOf = (root: string): Record<string, number> =>
  JSON.parse(readFileSync(path.join(root, 'runs/one-epoch-a/run.json'), 'utf8')).metrics.valid;

describe.each(Object.entries(families).filter(([name]) => !wanted || wanted.includes(name)))('%s', (family, spec) => {
  const pristine = path.join(work, `${family}-pristine`);
  let before: Record<string, number>;
  let packageName: string;

  beforeAll(async () => {
    const ended = await specwright(
      ['create', spec.brief, '--data', spec.data(), '--out', pristine, '--yes', '--until', '2.2'],
      {
        cwd: work,
        limitMs: 400_000,
      },
    );
    expect(ended.code, ended.all).toBe(0);
    const configuration = path.join(pristine, 'configs/config.yaml');
    // Faults of training show in a network, whatever the sample's best model is.
    writeFileSync(configuration, readFileSync(configuration, 'utf8').replace(/name: \w+/, `name: ${spec.network}`));
    packageName = readdirSync(pristine, { withFileTypes: true }).find(
      (entry) => entry.isDirectory() && readdirSync(path.join(pristine, entry.name)).includes('metrics.py'),
    )!.name;
    const { outcome } = await runAndMend(contextOf(pristine));
    expect(outcome.passed, JSON.stringify(outcome)).toBe(true);
    before = metricsOf(pristine);
  }, 600_000);

  const list: [set: string, injection: Injection][] = [
    ...[...commonTo(family, shared), ...(own[family] ?? [])].map((one): [string, Injection] => ['first', one]),
    ...[...commonTo(family, keptApart), ...(later[family] ?? later.rows!)].map((one): [string, Injection] => [
      'kept apart',
      one,
    ]),
  ];

  test.each(list.filter(([, one]) => wantedFaults.test(one.name)).map(([set, one]) => [one.name, set, one] as const))(
    '%s',
    async (name, set, injection) => {
      const root = path.join(work, 'project');
      rmSync(root, { recursive: true, force: true });
      // The environment is the same for all, and large.
      cpSync(pristine, root, { recursive: true, filter: (source) => source !== path.join(pristine, 'debug-cpu') });
      symlinkSync(path.join(pristine, 'debug-cpu'), path.join(root, 'debug-cpu'));
      const file = path.join(root, injection.file.replace('PACKAGE', packageName));
      const text = readFileSync(file, 'utf8');
      const broken = text.replace(injection.from, injection.to);
      expect(broken, `${injection.file} holds nothing like ${injection.from}`).not.toBe(text);
      writeFileSync(file, broken);
      const started = performance.now();
      const { outcome } = await runAndMend(contextOf(root));
      const seconds = (performance.now() - started) / 1000;
      const same = readFileSync(file, 'utf8').replaceAll(/\s+/g, ' ') === text.replaceAll(/\s+/g, ' ');
      const after = outcome.passed ? metricsOf(root) : {};
      const worse =
        outcome.passed &&
        outcome.records.length > 0 &&
        Object.entries(before).some(([metric, value]) => Math.abs((after[metric] ?? Number.NaN) - value) > 1e-6);
      const found = outcome.records.length > 0 || !outcome.passed;
      results.push({
        family,
        name,
        set,
        found,
        repaired: outcome.passed && found && same,
        tries: outcome.records.length,
        worse,
        seconds,
        how: outcome.records.map(({ fault, kept, repair }) => `${fault}${kept ? '' : ' (taken back)'}: ${repair}`),
      });
      writeFileSync(path.join(tmpdir(), `fault-suite-${family}.json`), JSON.stringify(results, null, 1));
    },
    300_000,
  );

  test('most faults were found and mended, none made it worse', () => {
    const first = results.filter((one) => one.family === family && one.set === 'first');
    expect(first.filter(({ worse }) => worse).map(({ name }) => name)).toEqual([]);
    expect(first.filter(({ repaired, tries }) => repaired && tries <= 3).length / first.length).toBeGreaterThanOrEqual(
      0.9,
    );
  });
});
