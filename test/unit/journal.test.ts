import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openJournal, readJournal } from '../../src/pipeline/journal.ts';

const fresh = () => path.join(mkdtempSync(path.join(tmpdir(), 'journal-')), 'journal.jsonl');
const filled = (): string => {
  const file = fresh();
  const journal = openJournal(file, () => new Date(0));
  for (let index = 0; index < 5; index++) journal.append('note', { index, text: '值 "quoted"' });
  journal.close();
  return file;
};

test('what was appended is read back in order, each line chained to the one before', () => {
  const entries = readJournal(filled());
  expect(entries.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
  expect(new Set(entries.map(({ previous }) => previous)).size).toBe(5);
});

test('any single changed byte breaks the proof, in the last line as well', () => {
  const file = filled();
  const original = readFileSync(file);
  for (let at = 0; at < original.length; at++) {
    const changed = Buffer.from(original);
    changed[at] = changed[at]! ^ 1;
    writeFileSync(file, changed);
    expect(() => readJournal(file), `byte ${at}`).toThrow(/journal line|head/);
  }
});

test('a cut-off tail breaks the proof', () => {
  const file = filled();
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, `${lines.slice(0, 3).join('\n')}\n`);
  expect(() => readJournal(file)).toThrow(/is missing/);
});

test('a line torn by a crash is dropped, and writing goes on behind it', () => {
  const file = filled();
  appendFileSync(file, '{"seq":5,"time":"19');
  const journal = openJournal(file, () => new Date(0));
  journal.append('note', { after: true });
  journal.close();
  expect(readJournal(file).map(({ kind }) => kind)).toHaveLength(6);
});
