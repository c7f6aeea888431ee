import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { createSigner } from 'fast-jwt';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { checkAddress, createDoor, type DoorOptions } from '../../src/http/serve/app.ts';
import { openJournal } from '../../src/pipeline/journal.ts';
import { realWorld } from '../../src/world/world.ts';
import { emptyFolder, packageFolder } from './command-line.ts';
import { sample } from './sample.ts';

const config = loadConfig();
const world = realWorld(config);
const secret = 'a secret of more than thirty-two characters';
let app: FastifyInstance | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const open = async (folder: string, more: Partial<DoorOptions> = {}): Promise<string> => {
  app = await createDoor(
    { config, world, folder },
    { secret: null, rateLimit: 0, atOnce: 1, mostDataBytes: 1e7, log: false, longestWaitMs: 60_000, ...more },
  );
  return `${await app.listen({ port: 0, host: '127.0.0.1' })}/api/v1`;
};

type Reply = { status: number; body: Record<string, unknown> & { error?: { code: string; message: string } } };
const call = async (url: string, given?: { method?: string; body?: unknown; token?: string }): Promise<Reply> => {
  const reply = await fetch(url, {
    method: given?.method ?? (given?.body === undefined ? 'GET' : 'POST'),
    ...(given?.body === undefined ? {} : { body: JSON.stringify(given.body) }),
    headers: {
      ...(given?.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(given?.token ? { authorization: `Bearer ${given.token}` } : {}),
    },
  });
  return { status: reply.status, body: (await reply.json()) as Reply['body'] };
};

/** A project as far as a door needs one: its marker and a journal. */
const fakeProject = (folder: string, name: string): string => {
  const root = path.join(folder, name);
  mkdirSync(path.join(root, '.specwright'), { recursive: true });
  const settings = {
    brief: 'x',
    language: 'en',
    data: null,
    target: 'process',
    device: null,
    budgetMinutes: null,
    framework: 'torch',
  };
  writeFileSync(
    path.join(root, '.specwright/project.json'),
    JSON.stringify({ format: 1, name, created: '2026-01-01', settings, ruleFolders: [] }),
  );
  return root;
};

/** Ids of the events until `last` has come. */
const listen = async (url: string, last: number, headers: Record<string, string> = {}): Promise<number[]> => {
  const gone = new AbortController();
  const reply = await fetch(url, { signal: gone.signal, headers });
  const seen: number[] = [];
  let rest = '';
  for await (const part of reply.body!.pipeThrough(new TextDecoderStream())) {
    rest += part;
    const blocks = rest.split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const id = /^id: (\d+)$/m.exec(block)?.[1];
      if (id !== undefined) seen.push(Number(id));
    }
    if (seen.includes(last)) break;
  }
  gone.abort();
  return seen;
};

describe('specwright serve', () => {
  test('runs a brief over HTTP and answers as the command line does; data come in by name', async () => {
    const url = await open(emptyFolder());
    const sent = await fetch(`${url}/data/penguins.csv`, {
      method: 'PUT',
      body: readFileSync(sample.data),
      headers: { 'content-type': 'text/csv' },
    });
    expect(sent.status).toBe(201);
    const made = await call(`${url}/projects`, {
      body: { brief: sample.brief, name: 'birds', data: 'penguins.csv', yes: true, until: '1.2' },
    });
    expect([made.status, ['queued', 'running'].includes(String(made.body.state))]).toEqual([202, true]);
    const again = await call(`${url}/projects/birds/resume`, { body: {} });
    expect([again.status, again.body.error?.code]).toEqual([423, 'project.locked']);
    const seen = listen(`${url}/projects/birds/events`, 3);
    for (let tries = 0; tries < 600; tries++) {
      const { body } = await call(`${url}/runs`);
      if ((body.runs as { state: string }[])[0]!.state === 'ended') break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect((await seen).slice(0, 4)).toEqual([0, 1, 2, 3]);
    const status = await call(`${url}/projects/birds`);
    expect(status.body).toMatchObject({ project: expect.any(String), task: 'tabular_classification' });
    expect((await call(`${url}/projects/birds/trace/REQ-001`)).body).toMatchObject({ id: 'REQ-001' });
    const text = await call(`${url}/projects/birds/artifact?file=spec/requirements.md`);
    expect(text.body.text).toContain(sample.brief.slice(0, 20));
    expect((await call(`${url}/projects`)).body).toEqual({ projects: ['birds'] });
  }, 120_000);

  test.each<[string, string, { body?: unknown; method?: string } | undefined, number]>([
    ['a project that is not there', '/projects/nobody', undefined, 404],
    ['a name that leads elsewhere', '/projects/..%2f..%2fetc', undefined, 400],
    ['a path of this machine as data', '/projects', { body: { brief: 'Predict x', data: '/etc/passwd' } }, 422],
    ['agents by HTTP', '/projects', { body: { brief: 'Predict x', agents: ['command:sh'] } }, 400],
    ['no brief', '/projects', { body: {} }, 400],
    ['half a body', '/projects', { body: undefined, method: 'POST' }, 400],
    ['a file that is no artifact', '/projects/p/artifact?file=../../etc/passwd', undefined, 422],
    ['a path that is not there', '/nothing', undefined, 404],
  ])('%s is told as such', async (_, where, given, status) => {
    const folder = emptyFolder();
    fakeProject(folder, 'p');
    const reply = await call(`${await open(folder)}${where}`, given);
    expect([reply.status, JSON.stringify(reply.body)]).toEqual([status, expect.stringContaining('error')]);
    expect(JSON.stringify(reply.body)).not.toMatch(/root:x|\n\s+at |undefined/);
  });

  test('asks for tokens with roles where there is a secret, and refuses to serve others without', async () => {
    const folder = emptyFolder();
    fakeProject(folder, 'p');
    const url = await open(folder, { secret });
    const sign = createSigner({ key: secret });
    expect((await call(`${url}/projects`)).status).toBe(401);
    expect(
      (await call(`${url}/projects`, { token: createSigner({ key: `${secret}!` })({ role: 'operator' }) })).status,
    ).toBe(401);
    expect((await call(`${url}/projects`, { token: sign({ role: 'viewer' }) })).status).toBe(200);
    expect((await call(`${url}/projects/p/resume`, { body: {}, token: sign({ role: 'viewer' }) })).status).toBe(403);
    expect((await call(`${url}/projects/p/down`, { body: {}, token: sign({ role: 'operator' }) })).status).toBe(200);
    expect(() => checkAddress('0.0.0.0', null)).toThrow(/needs tokens/);
    expect(() => checkAddress('0.0.0.0', secret)).not.toThrow();
    expect((await fetch(url.replace('/api/v1', '/health'))).status).toBe(200);
    expect(await (await fetch(url.replace('/api/v1', '/metrics'))).text()).toMatch(/specwright_projects 1/);
    expect((await fetch(url.replace('/api/v1', '/docs/'))).status).toBe(200);
  });

  test('100 projects are listed, and 50 clients lose no event of them', async () => {
    const folder = emptyFolder();
    const roots = Array.from({ length: 100 }, (_, index) => fakeProject(folder, `p${index}`));
    const journals = roots.map((root) => openJournal(path.join(root, '.specwright/journal.jsonl'), () => new Date()));
    for (const journal of journals) journal.append('run.started', { run: 'x' });
    const url = await open(folder);
    expect(((await call(`${url}/projects`)).body.projects as string[]).length).toBe(100);
    const last = 200;
    const clients = Array.from({ length: 50 }, (_, index) => listen(`${url}/projects/p${index * 2}/events`, last));
    for (let seq = 1; seq <= last; seq++) {
      for (const journal of journals) journal.append('tool.called', { seq, output: 'x'.repeat(200) });
      if (seq % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const seen of await Promise.all(clients))
      expect(seen).toEqual(Array.from({ length: last + 1 }, (_, index) => index));
    expect(await listen(`${url}/projects/p1/events`, last, { 'last-event-id': '150' })).toEqual(
      Array.from({ length: 50 }, (_, index) => 151 + index),
    );
    for (const journal of journals) journal.close();
  }, 60_000);
});

describe('specwright mcp', () => {
  test('a real client runs the pipeline, answers its question, reads artifacts and traces a requirement', async () => {
    const folder = emptyFolder();
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [path.join(packageFolder, 'bin/specwright.js'), 'mcp', '--projects', folder],
      stderr: 'ignore',
    });
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(transport);
    try {
      const names = (await client.listTools()).tools.map(({ name }) => name);
      expect(names).toEqual(
        expect.arrayContaining([
          'create_project',
          'resume',
          'status',
          'answer',
          'trace',
          'verify',
          'predict',
          'read_artifact',
        ]),
      );
      const use = async (name: string, input: Record<string, unknown>, told: string[] = []) => {
        const result = (await client.callTool({ name, arguments: input }, undefined, {
          timeout: 200_000,
          onprogress: ({ message }) => void told.push(message ?? ''),
        })) as { isError?: boolean; content: { text: string }[] };
        return { failed: result.isError ?? false, text: result.content[0]!.text };
      };
      const told: string[] = [];
      const waiting = await use(
        'create_project',
        { brief: 'Predict the species of penguins. It must be fast.', name: 'birds', data: sample.data, until: '1.2' },
        told,
      );
      expect(waiting.failed, waiting.text).toBe(false);
      const first = JSON.parse(waiting.text) as { verdict: string; questions: { id: string; recommended: string }[] };
      expect(first.verdict).toBe('waiting');
      expect(told.some((message) => message.startsWith('1.1'))).toBe(true);
      const answers = Object.fromEntries(first.questions.map(({ id, recommended }) => [id, recommended]));
      expect((await use('answer', { project: 'birds', answers: { ...answers, 'Q-none': 'x' } })).failed).toBe(true);
      expect((await use('answer', { project: 'birds', answers })).failed).toBe(false);
      const resumed = await use('resume', { project: 'birds', yes: true, until: '1.2' });
      expect(
        (JSON.parse(resumed.text) as { stages: { id: string; status: string }[] }).stages.find(({ id }) => id === '1.2')
          ?.status,
      ).toBe('passed');
      expect(JSON.parse((await use('trace', { project: 'birds', requirement: 'REQ-001' })).text)).toMatchObject({
        id: 'REQ-001',
      });
      const { resources } = await client.listResources();
      const uri = 'specwright://birds/spec/tech.md';
      expect(resources.map((one) => one.uri)).toContain(uri);
      expect(JSON.stringify(await client.readResource({ uri }))).toContain('choice');
      const refused = await use('status', { project: '../birds' });
      expect([refused.failed, refused.text]).toEqual([true, expect.stringMatching(/no name of a project/)]);
      expect((await use('create_project', { brief: '' })).failed).toBe(true);
    } finally {
      await client.close();
    }
  }, 200_000);
});
