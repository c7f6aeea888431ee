import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, expect, test } from 'vitest';
import { readArtifact } from '../../src/artifacts/document.ts';
import { technologyDocument } from '../../src/artifacts/documents/technology.ts';
import { loadConfig } from '../../src/config.ts';
import { createDoor } from '../../src/http/serve/app.ts';
import { readJournal } from '../../src/pipeline/journal.ts';
import { realWorld } from '../../src/world/world.ts';
import { emptyFolder, packageFolder, specwright } from './command-line.ts';
import { type Said, type Script, startModelServer } from './model-servers.ts';
import { sample } from './sample.ts';

let server: Awaited<ReturnType<typeof startModelServer>> | undefined;
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
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

const workshop = (folder: string) => ({ config: loadConfig(), world: realWorld(loadConfig()), folder });
const doorOptions = { secret: null, rateLimit: 0, atOnce: 1, mostDataBytes: 1e7, log: false, longestWaitMs: 60_000 };

/** `specwright mcp` as a host starts it; every call is about the one project. */
const mcpClient = async (folder: string, url: string) => {
  const client = new Client({ name: 'test', version: '1' });
  clients.push(client);
  const args = [path.join(packageFolder, 'bin/specwright.js'), 'mcp', '--projects', folder];
  const env = { ...(process.env as Record<string, string>), ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: url };
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' }));
  return async (name: string, input: object): Promise<unknown> => {
    const given = { name, arguments: { project: 'project', ...input } };
    const { content } = await client.callTool(given, undefined, { timeout: 120_000, onprogress: () => undefined });
    return JSON.parse((content as { text: string }[])[0]!.text);
  };
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

  // The other doors, on the wire: an MCP client sees the question, HTTP takes the answer, MCP goes on.
  const use = await mcpClient(cwd, server!.url);
  expect(await use('status', {})).toMatchObject({ questions: [{ id: open!.id, text: question, recommended: 'no' }] });
  const door = await createDoor(workshop(cwd), { ...doorOptions });
  const url = await door.listen({ port: 0, host: '127.0.0.1' });
  const answer = (value: string) =>
    fetch(`${url}/api/v1/projects/project/answers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ answers: { [open!.id]: value } }),
    });
  const shown = (await (await fetch(`${url}/api/v1/projects/project`)).json()) as { questions: { id: string }[] };
  expect(shown.questions.map(({ id }) => id)).toEqual([open!.id]);
  const taken = await answer('yes, for the gentoo');
  expect([taken.status, await taken.json()]).toEqual([200, { open: [] }]);
  await door.close();
  expect(await use('resume', { until: '1.2' })).toMatchObject({ verdict: 'passed' });
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
