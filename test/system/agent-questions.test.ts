import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readArtifact } from '../../src/artifacts/document.ts';
import { technologyDocument } from '../../src/artifacts/documents/technology.ts';
import { loadConfig } from '../../src/config.ts';
import { verbs } from '../../src/operations/headless/verbs.ts';
import { readJournal } from '../../src/pipeline/journal.ts';
import { realWorld } from '../../src/world/world.ts';
import { emptyFolder, specwright } from './command-line.ts';
import { type Said, type Script, startModelServer } from './model-servers.ts';
import { sample } from './sample.ts';

let server: Awaited<ReturnType<typeof startModelServer>> | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

const question = 'Is a wrong answer worse for one of the species?';
const ask: Said = {
  calls: [
    {
      name: 'ask',
      input: { question, why: 'It decides the loss.', recommended: 'no', options: ['no', 'yes, for the rarest'] },
    },
  ],
};
const finish = (input: unknown): Said => ({ calls: [{ name: 'finish', input }] });

/** The coder looks at the data, asks a person, and then hands in what it was told. */
const asking: Script = ({ seen, body }) => {
  if (seen.includes('You know the literature')) return finish({ notes: [{ candidate: 'mlp', note: 'Few rows.' }] });
  if (!seen.includes('write one network as a further candidate')) return finish({ items: [], questions: [] });
  const turns = (body.messages as { role: string }[]).filter(({ role }) => role === 'assistant').length;
  if (turns === 0) return { calls: [{ name: 'look_at_data', input: {} }] };
  return turns === 1 ? ask : finish({ summary: 'Nothing is needed.', changed: [] });
};

const start = async (more: string[]) => {
  server = await startModelServer(asking);
  const cwd = emptyFolder();
  const root = path.join(cwd, 'project');
  const environment = { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: server.url };
  const call = (args: string[]) => specwright(args, { cwd, environment, limitMs: 120_000 });
  const first = await call(
    ['create', sample.brief, '--data', sample.data, '--out', root, '--lang', 'en', '--agent', 'anthropic:scripted', '--until', '1.2', ...more],
  ); // biome-ignore format: an argv
  return { root, cwd, call, first, entries: () => readJournal(path.join(root, '.specwright/journal.jsonl')) };
};

test('a question of an agent reaches a person: the run waits, and goes on with the answer where it stopped', async () => {
  const { root, cwd, call, first, entries } = await start([]);
  expect(first.code, first.all).toBe(10);
  expect(first.all).toContain(question);
  const [open] = entries()
    .filter(({ kind }) => kind === 'question.asked')
    .map(({ data }) => data.question as { id: string; recommended: string });
  expect(open).toMatchObject({ id: expect.stringMatching(/^Q-agent-/), recommended: 'no' });
  const asked = server!.asked.length;

  const again = await call(['resume', root, '--until', '1.2']);
  expect(again.code, again.all).toBe(10);
  expect(server!.asked.length, 'nothing is asked again while nobody has answered').toBe(asked);

  // What MCP and HTTP offer: the question is visible, and can be answered.
  const workshop = { config: loadConfig(), world: realWorld(loadConfig()), folder: cwd };
  const verb = (name: string, input: object) =>
    verbs
      .find((one) => one.name === name)!
      .run({ project: 'project', ...input }, { workshop, signal: AbortSignal.timeout(20_000) });
  expect(await verb('status', {})).toMatchObject({ questions: [{ id: open!.id, text: question, recommended: 'no' }] });
  expect(await verb('answer', { answers: { [open!.id]: 'yes, for the gentoo' } })).toEqual({ open: [] });
  const done = await call(['resume', root, '--until', '1.2']);
  expect(done.code, done.all).toBe(0);
  const after = server!.asked.slice(asked);
  expect(after[0]!.seen, 'the first new call holds the answer').toContain('yes, for the gentoo');
  expect(after[0]!.seen).toContain('look_at_data');
  expect(readArtifact(root, technologyDocument).notes?.map(({ about }) => about)).toEqual(['mlp']);

  server!.close();
  const copy = path.join(cwd, 'copy');
  const replayed = await call(['replay', root, '--out', copy, '--until', '1.2']);
  expect(replayed.code, replayed.all).toBe(0);
  expect(replayed.stderr, 'what was measured is asked in other figures').toMatch(
    /8 calls of models from the records, 1 of them asked in other words, 0 failed/,
  );
  const said = (folder: string) => readArtifact(folder, technologyDocument).notes;
  expect(said(copy)).toEqual(said(root));
  const requirements = (folder: string) => readFileSync(path.join(folder, 'spec/requirements.md'), 'utf8');
  expect(requirements(copy)).toBe(requirements(root));
});

test('with --yes the recommended answer is taken, and recorded as such', async () => {
  const { first, entries } = await start(['--yes']);
  expect(first.code, first.all).toBe(0);
  expect(entries().find(({ kind, data }) => kind === 'answer.given' && String(data.question).startsWith('Q-agent'))).toMatchObject({
    data: { value: 'no', by: 'recommended' },
  }); // biome-ignore format: one expectation
  expect(server!.asked.some(({ seen }) => seen.includes('<<<data\\nno\\n>>>'))).toBe(true);
});
