import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readArtifact } from '../../src/artifacts/document.ts';
import { miniDatasetDocument } from '../../src/artifacts/documents/mini-dataset.ts';
import { requirementsDocument } from '../../src/artifacts/documents/requirements-document.ts';
import { reviewDocument } from '../../src/artifacts/documents/review.ts';
import { technologyDocument } from '../../src/artifacts/documents/technology.ts';
import { type Entry, readJournal } from '../../src/pipeline/journal.ts';
import { listFiles } from '../../src/world/files.ts';
import { emptyFolder, expectNoStack, specwright } from './command-line.ts';
import { finish, helpful, roleOf } from './helpful-model.ts';
import { type Script, startModelServer } from './model-servers.ts';
import { sample } from './sample.ts';

const key = 'sk-secret-that-must-not-show';
const brief = `${sample.brief} A single wrong answer may be seen by at most 40 visitors. It runs on machines without any route to the outside.`;
let server: Awaited<ReturnType<typeof startModelServer>> | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

const run = async (
  agent: string,
  script: Script,
  more: string[] = [],
): Promise<{ root: string; entries: Entry[]; all: string; code: number | null }> => {
  server = await startModelServer(script);
  const cwd = emptyFolder();
  const root = path.join(cwd, 'project');
  const ended = await specwright(
    ['create', brief, '--data', sample.data, '--out', root, '--yes', '--lang', 'en', '--agent', agent, ...more],
    {
      cwd,
      limitMs: 280_000,
      environment: {
        ANTHROPIC_API_KEY: key,
        ANTHROPIC_BASE_URL: server.url,
        OPENAI_API_KEY: key,
        OPENAI_BASE_URL: server.url,
      },
    },
  );
  expectNoStack(ended.all);
  return { root, entries: readJournal(path.join(root, '.specwright/journal.jsonl')), all: ended.all, code: ended.code };
};

const holdsKey = (root: string): string[] =>
  listFiles(root, (file) => /^debug-/.test(file)).filter((file) => readFileSync(path.join(root, file)).includes(key));

describe('a whole run with models in all roles', () => {
  test('that behave well, on the wire of Anthropic: what holds is kept, what is made up is not', async () => {
    const { root, entries, code, all } = await run('anthropic:scripted', (asked) => helpful[roleOf(asked)]);
    expect(code, all).toBe(0);
    const { items, questions } = readArtifact(root, requirementsDocument);
    expect(
      items.filter(({ note }) => note === 'found by a model').map(({ subject, value }) => [subject, value]),
    ).toEqual([['network', 'offline']]);
    expect(questions.find(({ id }) => id === 'Q-planner-1')).toMatchObject({
      about: ['REQ-001'],
      answer: { value: 'visitors', by: 'recommended' },
    });
    expect(readArtifact(root, technologyDocument).notes?.map(({ about }) => about)).toEqual(['mlp']);
    expect(readArtifact(root, reviewDocument).notes?.map(({ about }) => about)).toEqual(['scripts/train.py:1 (low)']);
    expect(readArtifact(root, miniDatasetDocument).notes?.map(({ about }) => about)).toEqual(['island']);
    expect(readFileSync(path.join(root, 'tests/test_by_model.py'), 'utf8').match(/def test_\w+/g)).toEqual([
      'def test_seeds_are_numbers',
    ]);
    expect(new Set(entries.filter(({ kind }) => kind === 'agent.finished').map(({ data }) => data.role))).toEqual(
      new Set(Object.keys(helpful)),
    );
    expect(holdsKey(root)).toEqual([]);
    const status = await specwright(['status', root, '--json'], { cwd: root });
    const { agents } = JSON.parse(status.stdout.trim().split('\n').at(-1)!) as {
      agents: { stage: string; tokens: number }[];
    };
    expect(agents.map(({ stage, tokens }) => [stage, tokens])).toContainEqual(['1.1', 2200]);
    expect((await specwright(['verify', root], { cwd: root })).code).toBe(0);

    server!.close();
    const before = readFileSync(path.join(root, 'spec/requirements.md'), 'utf8');
    rmSync(path.join(root, 'spec/requirements.md'));
    const replayed = await specwright(['resume', root, '--yes', '--replay', '--until', '1.1'], { cwd: root });
    expect(replayed.code, replayed.all).toBe(0);
    expect(readFileSync(path.join(root, 'spec/requirements.md'), 'utf8')).toBe(before);
  }, 300_000);

  test('that behave badly, on the wire of OpenAI: the embedded way is taken, and the journal says so', async () => {
    const { root, entries, code, all } = await run(
      'openai:scripted',
      ({ number }, response) => {
        if (number % 3 === 0) return { text: 'Everything is done, all tests passed.' };
        if (number % 3 === 1) return { calls: [{ name: 'declare_passed', input: { stage: '2.4' } }] };
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"context too long"}}');
        return undefined;
      },
      ['--until', '1.2'],
    );
    expect(code, all).toBe(0);
    const roles = entries.filter(({ kind }) => kind === 'agent.failed').map(({ data }) => data.role);
    expect(new Set(roles)).toEqual(new Set(['requirements', 'planner', 'coder', 'research']));
    expect(entries).toContainEqual(
      expect.objectContaining({
        kind: 'agent.tool',
        data: expect.objectContaining({
          tool: 'declare_passed',
          arguments: { stage: '2.4' },
          refused: 'this role has no tool declare_passed',
        }),
      }),
    );
    expect(entries.filter(({ kind }) => kind === 'model.failed').length).toBeGreaterThan(0);
    expect(entries.some(({ kind }) => kind === 'model.retried')).toBe(false);
    expect(readArtifact(root, requirementsDocument).items.some(({ note }) => note === 'found by a model')).toBe(false);
    expect(readArtifact(root, technologyDocument).notes).toBeUndefined();
  }, 200_000);

  test('that mean harm: whatever they write, gates see only what the engine measured', async () => {
    const { root, entries, code, all } = await run(
      'anthropic:scripted',
      (asked) => {
        if (roleOf(asked) === 'requirements')
          return finish({
            items: [{ subject: 'accuracy', op: '>=', value: 0, quote: brief.slice(0, 20), confidence: 1 }],
          });
        if (asked.seen.includes('tool_result')) return finish({ findings: [], notes: [], questions: [], tests: [] });
        return {
          calls: [
            { name: 'write', input: { file: 'spec/requirements.md', text: 'none' } },
            { name: 'write', input: { file: '.specwright/journal.jsonl', text: '' } },
            { name: 'read', input: { file: '../../../etc/passwd' } },
          ],
        };
      },
      ['--until', '1.4'],
    );
    expect(code, all).toBe(0);
    expect(
      readArtifact(root, requirementsDocument)
        .items.filter(({ subject }) => subject === 'accuracy')
        .map(({ value }) => value),
    ).not.toContain(0);
    expect(existsSync(path.join(root, '.specwright/journal.jsonl'))).toBe(true);
    expect(entries.some(({ kind, data }) => kind === 'agent.tool' && data.refused === null)).toBe(false);
    expect(readdirSync(root)).toContain('spec');
  }, 200_000);
});

test('a provider without a key stops the run before it begins, with what to do', async () => {
  const cwd = emptyFolder();
  const ended = await specwright(
    [
      'create',
      sample.brief,
      '--data',
      sample.data,
      '--out',
      path.join(cwd, 'p'),
      '--yes',
      '--agent',
      'anthropic:scripted',
    ],
    { cwd, environment: { ANTHROPIC_API_KEY: '', SPECWRIGHT_KEYS: path.join(cwd, 'none') } },
  );
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/needs a key/);
  expect(ended.stderr).toMatch(/ANTHROPIC_API_KEY/);
});
