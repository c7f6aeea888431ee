import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { EngineContext, RunSettings } from '../../src/pipeline/context.ts';
import { openJournal } from '../../src/pipeline/journal.ts';
import type { Answerer } from '../../src/pipeline/questions.ts';
import { runPipeline } from '../../src/pipeline/runner.ts';
import type { Stage } from '../../src/pipeline/stage.ts';
import { stateOf } from '../../src/pipeline/state.ts';
import { refuseIf, verdict } from '../../src/pipeline/verdict.ts';
import { rules } from './gate-testing.ts';

type Toy = Stage<EngineContext, { text: string }>;

const stage = (
  id: string,
  options: Partial<Toy> & Pick<Toy, 'needs' | 'produces'>,
  file: string,
  content: (root: string) => string,
): Toy => ({
  id,
  phase: 1,
  title: { zh: id, en: id },
  version: 1,
  owners: ['coder'],
  settings: ['brief'],
  rules: [],
  adopt: async () => undefined,
  run: async (context) => {
    ran.push(id);
    await context.write(file, content(context.root));
  },
  collect: async (context) => ({ text: readFileSync(path.join(context.root, file), 'utf8') }),
  gate: ({ text }) => verdict([refuseIf(text.includes('bad'), file, 'is bad')]),
  ...options,
});

let ran: string[] = [];
const read = (root: string, file: string) => readFileSync(path.join(root, file), 'utf8');
const first = () => stage('a', { needs: [], produces: ['requirements'] }, 'spec/requirements.md', () => 'one');
const second = () =>
  stage(
    'b',
    { needs: ['requirements'], produces: ['technology'], settings: [] },
    'spec/tech.md',
    (root) => `two after ${read(root, 'spec/requirements.md')}`,
  );

const fresh = () => mkdtempSync(path.join(tmpdir(), 'runner-'));
const settings = (brief = 'brief'): RunSettings => ({
  brief,
  language: 'en',
  data: null,
  target: 'process',
  device: null,
  budgetMinutes: null,
  framework: 'torch',
  agents: [],
  agentBudget: {},
});

const run = async (
  root: string,
  order: Toy[],
  options: { brief?: string; answerer?: Answerer; signal?: AbortSignal } = {},
) => {
  ran = [];
  const now = () => new Date(0);
  const journal = openJournal(path.join(root, '.specwright/journal.jsonl'), now);
  try {
    const report = await runPipeline({
      root,
      order,
      settings: settings(options.brief),
      rules,
      world: {
        run: () => Promise.reject(new Error('no program is run here')),
        fetch,
        now,
        watchdog: { watch: () => undefined, release: () => undefined },
      },
      journal,
      signal: options.signal ?? new AbortController().signal,
      answerer: options.answerer ?? (async () => null),
      extend: (context) => context,
      onChange: () => undefined,
      onProgress: () => undefined,
    });
    return { ...report, state: stateOf(journal.entries), status: (id: string) => report.stages.get(id)?.status };
  } finally {
    journal.close();
  }
};

test('stages run in the order of what they need, and nothing unchanged runs again', async () => {
  const root = fresh();
  await run(root, [first(), second()]);
  expect(ran).toEqual(['a', 'b']);
  const again = await run(root, [first(), second()]);
  expect(ran).toEqual([]);
  expect(again.status('b')).toBe('passed');
});

test('a changed setting runs the stage that reads it, and what follows only where its input changed', async () => {
  const root = fresh();
  await run(root, [first(), second()]);
  await run(root, [first(), second()], { brief: 'other words' });
  expect(ran).toEqual(['a']);
});

test('a refusal stops what depends on it and names its reason', async () => {
  const bad = stage('a', { needs: [], produces: ['requirements'] }, 'spec/requirements.md', () => 'bad');
  const report = await run(fresh(), [bad, second()]);
  expect(report.stages.get('a')).toMatchObject({
    status: 'refused',
    reasons: [{ about: 'spec/requirements.md', message: 'is bad' }],
  });
  expect(report.status('b')).toBe('pending');
});

test('a refused stage runs again the next time, even where nothing changed', async () => {
  const root = fresh();
  let content = 'bad';
  const flaky = () => stage('a', { needs: [], produces: ['requirements'] }, 'spec/requirements.md', () => content);
  await run(root, [flaky()]);
  content = 'good';
  expect((await run(root, [flaky()])).status('a')).toBe('passed');
});

test('a stage that was cut off is run again from what it found', async () => {
  const root = fresh();
  await run(root, [first()]);
  const half = (finish: boolean) =>
    stage('b', { needs: ['requirements'], produces: ['technology', 'readme'] }, 'spec/tech.md', (at) => {
      if (!finish) throw new Error('power cut');
      return existsSync(path.join(at, 'README.md')) ? 'a half-written file was left' : 'clean start';
    });
  const cut: Toy = {
    ...half(true),
    run: async (context) => {
      await context.write('README.md', 'half');
      throw new Error('power cut');
    },
  };
  const report = await run(root, [first(), cut]);
  expect(report.status('b')).toBe('failed');
  // What kill -9 leaves behind is the same journal without the end of the stage.
  const file = path.join(root, '.specwright/journal.jsonl');
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, `${lines.slice(0, -2).join('\n')}\n`);
  const { createHash } = await import('node:crypto');
  const last = lines[lines.length - 3]!;
  writeFileSync(
    `${file}.head`,
    `${String(JSON.parse(last).seq).padStart(12, '0')} ${createHash('sha256').update(last).digest('hex')}\n`,
  );
  await run(root, [first(), half(true)]);
  expect(ran).toEqual(['b']);
  expect(read(root, 'spec/tech.md')).toBe('clean start');
});

test('an output edited by hand is adopted: gated again, and what needs it runs again', async () => {
  const root = fresh();
  await run(root, [first(), second()]);
  writeFileSync(path.join(root, 'spec/requirements.md'), 'mine');
  await run(root, [first(), second()]);
  expect(ran).toEqual(['b']);
  expect(read(root, 'spec/requirements.md')).toBe('mine');
  expect(read(root, 'spec/tech.md')).toBe('two after mine');
});

test('an edited report of measurements is measured again', async () => {
  const root = fresh();
  const measuring = (): Toy => ({ ...first(), adopt: undefined });
  await run(root, [measuring()]);
  writeFileSync(path.join(root, 'spec/requirements.md'), 'a better figure');
  await run(root, [measuring()]);
  expect(ran).toEqual(['a']);
  expect(read(root, 'spec/requirements.md')).toBe('one');
});

test('an edit that the gate does not pass is refused and left as it is', async () => {
  const root = fresh();
  await run(root, [first(), second()]);
  writeFileSync(path.join(root, 'spec/requirements.md'), 'bad');
  expect((await run(root, [first(), second()])).status('a')).toBe('refused');
  expect(read(root, 'spec/requirements.md')).toBe('bad');
});

const question = {
  id: 'Q-x',
  text: 't',
  why: 'w',
  recommended: 'yes',
  options: [{ value: 'yes', label: 'y', changes: 'c' }],
};
const asking = (): Toy => ({
  ...first(),
  run: async (context) => {
    const answers = await context.ask([question]);
    await context.write('spec/requirements.md', `answered ${answers['Q-x']}`);
  },
});

test('a question that nobody answers leaves the stage waiting, and others go on', async () => {
  const other = stage('c', { needs: [], produces: ['tasks'] }, 'spec/task.md', () => 'three');
  const report = await run(fresh(), [asking(), second(), other]);
  expect([report.status('a'), report.status('b'), report.status('c')]).toEqual(['waiting', 'pending', 'passed']);
  expect(report.questions.map(({ id }) => id)).toEqual(['Q-x']);
});

test('an answer is kept in the journal and not asked for again', async () => {
  const root = fresh();
  await run(root, [asking()], { answerer: async () => ({ value: 'yes', by: 'recommended' }) });
  expect(read(root, 'spec/requirements.md')).toBe('answered yes');
  const again = await run(root, [asking()], {
    brief: 'new',
    answerer: async () => Promise.reject(new Error('asked twice')),
  });
  expect(again.status('a')).toBe('passed');
});

test('an answer that is no option is refused with the options', async () => {
  const report = await run(fresh(), [asking()], { answerer: async () => ({ value: 'maybe', by: 'person' }) });
  expect(report.stages.get('a')).toMatchObject({
    status: 'failed',
    error: expect.objectContaining({ hint: 'Possible answers: yes' }),
  });
});

test('a file outside of the project is not written', async () => {
  const escaping: Toy = { ...first(), run: (context) => context.write('../outside.txt', 'x') };
  const report = await run(fresh(), [escaping]);
  expect(String((report.stages.get('a') as { error: Error }).error.message)).toMatch(/outside of the project/);
});
