import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createProject } from '../../src/operations/create.ts';
import { runProject } from '../../src/operations/run.ts';
import { verifyProject } from '../../src/operations/verify.ts';
import { realWorld } from '../../src/world/world.ts';

const config = loadConfig();
const world = realWorld(config);
const brief = 'Predict house prices. The mean absolute error must be below 5000 and P95 latency under 80 ms.';

let folder: string;
let root: string;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'specwright-verify-'));
  ({ root } = await createProject(
    config,
    { brief, out: path.join(folder, 'project'), language: 'en' },
    { cwd: folder, scratch: path.join(folder, 'scratch'), now: world.now },
  ));
  await runProject(config, world, root, {
    until: '1.1',
    signal: new AbortController().signal,
    answerer: async ({ recommended }) => ({ value: recommended, by: 'recommended' }),
    onChange: () => undefined,
    onProgress: () => undefined,
  });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const failures = async () => (await verifyProject(world, root)).checks.filter(({ ok }) => !ok);

describe('verify', () => {
  test('finds nothing to say against a project that nobody has touched', async () => {
    expect(await failures()).toEqual([]);
  });

  test('fails for a changed byte anywhere in the journal', async () => {
    const file = path.join(root, '.specwright', 'journal.jsonl');
    const original = readFileSync(file);
    const unnoticed: number[] = [];
    const places = Array.from({ length: Math.ceil(original.length / 50) }, (_, index) => index * 50);
    for (const place of [...places, original.length - 2, original.length - 1]) {
      const changed = Buffer.from(original);
      changed[place] = changed[place]! ^ 1;
      writeFileSync(file, changed);
      if ((await failures()).length === 0) unnoticed.push(place);
    }
    expect(unnoticed).toEqual([]);
    expect(places.length).toBeGreaterThan(20);
  });

  test('fails for a journal whose tail was cut off', async () => {
    const file = path.join(root, '.specwright', 'journal.jsonl');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${lines.slice(0, -2).join('\n')}\n`);
    expect(await failures()).toEqual([expect.objectContaining({ what: '.specwright/journal.jsonl' })]);
  });

  test('names the file that was edited after its gate, and the stage', async () => {
    appendFileSync(path.join(root, 'spec/requirements.md'), '\nOne more sentence.\n');
    expect(await failures()).toEqual([
      { what: 'spec/requirements.md', ok: false, detail: 'was changed after stage 1.1 had recorded it' },
    ]);
  });

  test('names the file that is missing', async () => {
    rmSync(path.join(root, 'spec/requirements.md'));
    expect(await failures()).toEqual([
      expect.objectContaining({ what: 'spec/requirements.md', detail: expect.stringContaining('missing') }),
    ]);
  });

  test('fails for evidence that was changed', async () => {
    const evidence = path.join(root, '.specwright', 'evidence');
    const [blob] = readdirSync(evidence).filter(
      (name) => name.endsWith('.json') && readFileSync(path.join(evidence, name), 'utf8').includes('"quoted"'),
    );
    const file = path.join(evidence, blob!);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"quoted":true', '"quoted":false'));
    expect(await failures()).toEqual([
      expect.objectContaining({ what: '1.1 gate', detail: expect.stringContaining('was changed') }),
    ]);
  });
});
