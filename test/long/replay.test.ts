import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readArtifact } from '../../src/artifacts/document.ts';
import { miniDatasetDocument } from '../../src/artifacts/documents/mini-dataset.ts';
import { reviewDocument } from '../../src/artifacts/documents/review.ts';
import { technologyDocument } from '../../src/artifacts/documents/technology.ts';
import { readJournal } from '../../src/pipeline/journal.ts';
import { emptyFolder, specwright } from '../system/command-line.ts';
import { helpful, roleOf } from '../system/helpful-model.ts';
import { startModelServer } from '../system/model-servers.ts';
import { sample } from '../system/sample.ts';

const brief = `${sample.brief} A single wrong answer may be seen by at most 40 visitors. It runs on machines without any route to the outside.`;

test.each(['anthropic', 'openai'])(
  'a whole run with models on the wire of %s is replayed without them',
  async (name) => {
    const server = await startModelServer((asked) => helpful[roleOf(asked)]);
    const cwd = emptyFolder();
    const root = path.join(cwd, 'recorded');
    const environment = {
      ANTHROPIC_API_KEY: 'k',
      ANTHROPIC_BASE_URL: server.url,
      OPENAI_API_KEY: 'k',
      OPENAI_BASE_URL: server.url,
    };
    const call = (args: string[]) => specwright(args, { cwd, environment, limitMs: 280_000 });
    const first = await call(['create', brief, '--data', sample.data, '--out', root, '--yes', '--lang', 'en', '--agent', `${name}:scripted`]); // biome-ignore format: an argv
    server.close();
    expect(first.code, first.all).toBe(0);

    const copy = path.join(cwd, 'copy');
    const replayed = await call(['replay', root, '--out', copy]);
    expect(replayed.code, replayed.all).toBe(0);
    const kinds = (folder: string, kind: string) =>
      readJournal(path.join(folder, '.specwright/journal.jsonl'))
        .filter((entry) => entry.kind === kind)
        .map(({ data }) => `${data.stage} ${data.role ?? data.model}`)
        .sort();
    expect(kinds(copy, 'model.called')).toEqual(kinds(root, 'model.called'));
    expect(kinds(copy, 'agent.finished')).toEqual(kinds(root, 'agent.finished'));
    expect(kinds(copy, 'agent.failed')).toEqual(kinds(root, 'agent.failed'));
    for (const file of ['spec/requirements.md', 'tests/test_by_model.py']) {
      expect(existsSync(path.join(root, file)), file).toBe(true);
      expect(readFileSync(path.join(copy, file), 'utf8'), file).toBe(readFileSync(path.join(root, file), 'utf8'));
    }
    for (const document of [technologyDocument, reviewDocument, miniDatasetDocument]) {
      const notes = (folder: string) =>
        (readArtifact(folder, document as typeof reviewDocument) as { notes?: unknown }).notes;
      expect(notes(root), document.file).not.toBeUndefined();
      expect(notes(copy), document.file).toEqual(notes(root));
    }
  },
);
