import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { listFiles, removeHalfWritten, writeAtomically } from '../../src/world/files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'files-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what a killed write left is removed, and nothing else', async () => {
  mkdirSync(path.join(folder, 'debug-cpu'), { recursive: true });
  await writeAtomically(path.join(folder, 'package/evaluation.py'), 'x = 1\n');
  const left = ['package/evaluation.py.ccace789.tmp', 'debug-cpu/other.ccace789.tmp', 'notes.tmp', 'a.12345678.tmp.md'];
  for (const file of left) writeFileSync(path.join(folder, file), 'x');
  await removeHalfWritten(folder, (file) => file === 'debug-cpu');
  expect(listFiles(folder)).toEqual([
    'a.12345678.tmp.md',
    'debug-cpu/other.ccace789.tmp',
    'notes.tmp',
    'package/evaluation.py',
  ]);
});
