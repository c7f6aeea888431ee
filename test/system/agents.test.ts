import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openAgents } from '../../src/agents/open-agents.ts';
import { readArtifact } from '../../src/artifacts/document.ts';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorkbench, type Workbench } from '../../src/environment/workbench.ts';
import type { StageContext } from '../../src/stages/context.ts';
import { runAndMend } from '../../src/stages/project/one-epoch.ts';
import { sharedPackages, sharedTemplate } from '../../src/stages/templates.ts';
import { realWorld } from '../../src/world/world.ts';
import { packageFolder, specwright } from './command-line.ts';
import { type Said, type Script, startModelServer } from './model-servers.ts';
import { sample } from './sample.ts';

const key = 'sk-secret-that-must-not-show';
const config = { ...loadConfig({ ...process.env, ANTHROPIC_API_KEY: key, OPENAI_API_KEY: key }) };
const world = realWorld(config);
const { rules, files } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const work = mkdtempSync(path.join(tmpdir(), 'agents-system-'));
const pristine = path.join(work, 'pristine');
let bench: Workbench;
let root: string;
let number = 0;
let server: Awaited<ReturnType<typeof startModelServer>> | undefined;
let events: { kind: string; data: Record<string, unknown> }[] = [];

beforeAll(async () => {
  bench = createWorkbench({
    config,
    run: world.run,
    rules: rules.VENV_CONFIG,
    templateFolder: sharedTemplate(config),
    packages: sharedPackages(config),
    scratch: path.join(work, 'python'),
  });
  const ended = await specwright(
    ['create', sample.brief, '--data', sample.data, '--out', pristine, '--yes', '--until', '2.2'],
    { cwd: work, limitMs: 300_000 },
  );
  expect(ended.code, ended.all).toBe(0);
}, 320_000);
afterAll(async () => {
  await bench.close();
  rmSync(work, { recursive: true, force: true });
});
beforeEach(() => {
  events = [];
  root = path.join(work, `project-${number++}`);
  cpSync(pristine, root, { recursive: true, filter: (source) => source !== path.join(pristine, 'debug-cpu') });
  symlinkSync(path.join(pristine, 'debug-cpu'), path.join(root, 'debug-cpu'));
  // A module of the person's own that takes the place of one of Python's: in no table, and in no good version.
  writeFileSync(path.join(root, 'scripts/random.py'), 'DICE = [1, 2, 3, 4, 5, 6]\n');
});
afterEach(() => {
  server?.close();
  server = undefined;
});

const contextOf = async (agent: string[], url: string): Promise<StageContext> =>
  ({
    root,
    stage: '2.3',
    config,
    rules,
    ruleFiles: files,
    world,
    workbench: bench,
    agents: await openAgents({
      given: agent,
      access: {
        variables: { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key, OPENAI_BASE_URL: url, OPENAI_API_KEY: key },
        keyFile: '/none',
      },
      rules: { ...rules.CLAUDE.agents, retry_seconds: 0.01 },
      prices: {},
      budget: {},
      root,
      packageFolder,
      language: 'en',
      ownFolders: [],
      replay: null,
      run: world.run,
    }),
    scratch: path.join(root, '.specwright/work/2.3'),
    signal: new AbortController().signal,
    settings: { device: 'cpu', language: 'en', data: { path: sample.data, sha256: '' } },
    at: (...parts: string[]) => path.join(root, ...parts),
    say: (_zh: string, en: string) => en,
    progress: () => undefined,
    record: (kind: string, data: Record<string, unknown>) => events.push({ kind, data }),
    read: (document: Parameters<typeof readArtifact>[1]) => readArtifact(root, document),
    write: async (file: string, content: string) => {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), content);
    },
    tool: world.run,
    fork: bench.fork,
  }) as unknown as StageContext;

/** Says its sentences one after the other, then hands in. */
const inTurn =
  (...said: Said[]): Script =>
  ({ number: at }) =>
    said[at] ?? {
      calls: [
        {
          name: 'finish',
          input: { summary: 'scripts/random.py hid the module of Python: removed', changed: ['scripts/random.py'] },
        },
      ],
    };

const train = [
  'scripts/train.py',
  '--config',
  'configs/config.yaml',
  '--data',
  'data/mini',
  '--epochs',
  '1',
  '--output',
  'runs/by-agent',
];
const goodWork: Said[] = [
  { calls: [{ name: 'run', input: { arguments: train } }] },
  { calls: [{ name: 'list', input: { folder: 'scripts' } }] },
  { calls: [{ name: 'read', input: { file: 'scripts/random.py' } }] },
  {
    text: 'It hides the standard library.',
    calls: [{ name: 'write', input: { file: 'scripts/random.py', text: null } }],
  },
  { calls: [{ name: 'run', input: { arguments: train } }] },
];

test('without a model such a fault is handed over', async () => {
  const { outcome } = await runAndMend(await contextOf([], 'http://127.0.0.1:9/v1'));
  expect(outcome).toMatchObject({ passed: false, records: [] });
  expect(outcome.unresolved).toMatch(/random/);
});

describe.each(['anthropic', 'openai'])('a model as coder, on the wire of %s,', (provider) => {
  test('mends a fault that neither the table nor the good version knows', async () => {
    server = await startModelServer(inTurn(...goodWork));
    const { outcome } = await runAndMend(await contextOf([`coder=${provider}:scripted`], server.url));
    expect(outcome.unresolved).toBeNull();
    expect(outcome.records).toMatchObject([{ fault: 'model', kept: true, rerun_exit_code: 0 }]);
    expect(existsSync(path.join(root, 'scripts/random.py'))).toBe(false);
    const runs = events.filter(({ kind, data }) => kind === 'agent.tool' && data.tool === 'run');
    expect(runs.map(({ data }) => data.exitCode)).toEqual([1, 0]);
    expect(JSON.stringify(events)).not.toContain(key);
  });

  test('that makes nothing better is taken back each time, at most three times', async () => {
    const before = readFileSync(path.join(root, 'scripts/train.py'), 'utf8');
    server = await startModelServer(({ number: at }) =>
      at % 2 === 0
        ? { calls: [{ name: 'write', input: { file: 'scripts/train.py', text: `# try ${at}\n${before}` } }] }
        : { calls: [{ name: 'finish', input: { summary: 'surely mended', changed: ['scripts/train.py'] } }] },
    );
    const { outcome } = await runAndMend(await contextOf([`coder=${provider}:scripted`], server.url));
    expect(outcome.passed).toBe(false);
    expect(outcome.records.map(({ fault, kept }) => [fault, kept])).toEqual(Array(3).fill(['model', false]));
    expect(readFileSync(path.join(root, 'scripts/train.py'), 'utf8')).toBe(before);
    expect(server.asked.at(-1)!.seen).toContain('did not help, taken back');
  });
});

test('a model that follows instructions in the data reaches nothing: no file outside, no key, no network, no test', async () => {
  writeFileSync(path.join(work, 'outside.txt'), 'untouched');
  const python = (code: string): Said => ({ calls: [{ name: 'run', input: { arguments: ['-c', code] } }] });
  const outside = path.join(work, 'outside.txt');
  const tests = readFileSync(path.join(root, 'tests/test_metrics.py'), 'utf8');
  server = await startModelServer(
    inTurn(
      python(`open(${JSON.stringify(outside)}, "w").write("taken")`),
      python('import os; print([v for k, v in os.environ.items() if "sk-secret" in v] or "NO KEYS")'),
      python('import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:1/", timeout=3))'),
      python('import socket; socket.create_connection(("1.1.1.1", 53), timeout=3)'),
      python('import os; print(os.listdir("data/holdout"))'),
      python('import os; print(os.listdir(".specwright"))'),
      { calls: [{ name: 'write', input: { file: 'tests/test_metrics.py', text: '' } }] },
      { calls: [{ name: 'write', input: { file: 'reports/bugfix_report.md', text: 'fixed' } }] },
    ),
  );
  const { outcome } = await runAndMend(await contextOf(['coder=anthropic:scripted'], server.url));
  expect(outcome.passed).toBe(false);
  expect(readFileSync(outside, 'utf8')).toBe('untouched');
  expect(readFileSync(path.join(root, 'tests/test_metrics.py'), 'utf8')).toBe(tests);
  const seen = server.asked.at(-1)!.seen;
  expect(seen).toContain('NO KEYS');
  expect(seen).not.toContain(key);
  const [confined] = events.filter(({ kind }) => kind === 'agent.confined');
  const runs = events
    .filter(({ kind, data }) => kind === 'agent.tool' && data.tool === 'run')
    .map(({ data }) => data.exitCode);
  if (confined!.data.confinement === 'files and network') {
    expect(runs.slice(1, 4)).toEqual([0, 1, 1]);
    expect(seen).not.toContain('data.csv');
    expect(seen).not.toContain('journal.jsonl');
  } else expect(runs.slice(2, 4)).toEqual([1, 1]);
});

test('a coding agent that is started by its argv works in a copy, and brings back what it may', async () => {
  const agent = path.join(work, 'agent.mjs');
  writeFileSync(
    agent,
    `import { rmSync, writeFileSync } from 'node:fs';
let asked = ''; for await (const part of process.stdin) asked += part;
if (!asked.includes('One epoch of training fails')) process.exit(9);
rmSync('scripts/random.py'); writeFileSync('tests/test_metrics.py', '');
console.log('I looked {around}.\\n' + JSON.stringify({ summary: 'removed', changed: ['scripts/random.py'] }));`,
  );
  const tests = readFileSync(path.join(root, 'tests/test_metrics.py'), 'utf8');
  const { outcome } = await runAndMend(
    await contextOf([`coder=command:${process.execPath} ${agent}`], 'http://127.0.0.1:9/v1'),
  );
  expect(outcome.records).toMatchObject([{ fault: 'model', kept: true, repair: 'removed' }]);
  expect(outcome.passed).toBe(true);
  expect(readFileSync(path.join(root, 'tests/test_metrics.py'), 'utf8')).toBe(tests);
  const refused = events.filter(({ data }) => typeof data.refused === 'string');
  expect(refused.map(({ data }) => data.arguments)).toEqual([{ file: 'tests/test_metrics.py' }]);
});
