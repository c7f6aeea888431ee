import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { loadConfig } from '../../src/config.ts';
import { newProject } from '../../src/operations/headless/verbs.ts';
import { targets } from '../../src/pipeline/context.ts';
import { checkObjects } from '../../src/stages/production/operating/cluster-files.ts';
import { standOf } from '../../src/stages/stand.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('every door takes every target', () => {
  const { commands } = createProgram(() => undefined);
  for (const name of ['create', 'resume']) {
    const option = commands.find((one) => one.name() === name)!.options.find(({ long }) => long === '--target')!;
    expect(option.argChoices, name).toEqual([...targets]);
  }
  for (const target of targets) expect(newProject.parse({ brief: 'x', target }).target).toBe(target);
});

test('what is meant for a cluster stands as a container where an engine answered, else as a process', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'specwright-stand-'));
  folders.push(root);
  const settings = { target: 'kubernetes' } as Parameters<typeof standOf>[0]['settings'];
  expect(standOf({ root, settings })).toBe('process');
  mkdirSync(path.join(root, 'reports'));
  const facts = 'docker_version: null\ncompose_version: null\ngpu_passthrough: false\ngpu_needed: false\nproblem: null';
  writeFileSync(
    path.join(root, 'reports/docker_env_report.md'),
    `---\ntarget: kubernetes\nmeasured_on: docker\n${facts}\nproofs: []\n---\n\n# Runtime\n`,
  );
  expect(standOf({ root, settings })).toBe('docker');
});

test('objects are looked at as they lie in the files, each by itself', async () => {
  const sound = 'apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {ports: [{port: 80}]}\n';
  const found = await checkObjects({
    'a.yaml': `${sound}---\n${sound.replace('80', 'eighty')}`,
    'b.yaml': 'kind: Service',
    'c.yaml': sound.replace('Service', 'Servise'),
  });
  expect(found).toMatchObject([
    { file: 'a.yaml', kind: 'Service', name: 'shop', fault: null },
    { file: 'a.yaml', fault: expect.stringContaining('Service shop') },
    { file: 'b.yaml', fault: expect.stringContaining('apiVersion') },
    { file: 'c.yaml', fault: expect.stringContaining('no schema is known for v1 Servise') },
  ]);
});

test('an empty address or key of a model counts as not set, in this process as well', () => {
  const environment = { OPENAI_BASE_URL: '', ANTHROPIC_API_KEY: '', OPENAI_API_KEY: 'k', HOME: '/' };
  expect(loadConfig(environment).models.variables).toEqual({ OPENAI_API_KEY: 'k' });
  expect(environment).not.toHaveProperty('OPENAI_BASE_URL');
});
