import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { shipped } from '../../bench/shipped.ts';
import { specwright } from '../system/command-line.ts';

const work = mkdtempSync(path.join(tmpdir(), 'repeat-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Hold measurements of time, memory and load, and the moments of a run; nothing else in them may differ. */
const measured =
  /^(?:README\.md|models\/current\/model\.json|reports\/.*\.(?:md|log)|runs\/(?:[\w-]+\/run|costs)\.json|spec\/tech\.md)$/;
const pictures = /^reports\/latency\.svg$/;
/** Folders of tools; none of them belongs to the project. */
const own = new Set(['debug-cpu', '.specwright', '__pycache__', '.pytest_cache']);

const filesOf = (root: string): Map<string, Buffer> =>
  new Map(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .filter((file) => !file.split(path.sep).some((part) => own.has(part)))
      .map((file): [string, Buffer] => [file, readFileSync(path.join(root, file))]),
  );

const withoutNumbers = (content: Buffer): string =>
  content.toString().replaceAll(/-?\d+(?:[.:]\d+)*(?:e[+-]?\d+)?/gi, '#');

const byName = new Map(shipped.map((one) => [one.name, one]));

/** One after the other: two at a time would take each other's port and time. */
const run = async (folder: string): Promise<Map<string, Buffer>> => {
  const { brief, data } = byName.get(folder.slice(0, -2))!;
  const root = path.join(work, folder);
  const ended = await specwright(['create', brief, '--data', data, '--out', root, '--yes'], {
    cwd: work,
    limitMs: 600_000,
  });
  expect([0, 3], ended.all).toContain(ended.code);
  return filesOf(root);
};

test.each([...byName.keys()])(
  '%s: the same brief, data and seed give the same files, byte for byte apart from measurements',
  async (name) => {
    const [first, second] = [await run(`${name}-a`), await run(`${name}-b`)];
    expect([...second.keys()].sort()).toEqual([...first.keys()].sort());
    expect(first.has('models/current/model.onnx') && first.has('runs/holdout/full.csv')).toBe(true);
    for (const [file, content] of first) {
      if (content.equals(second.get(file)!) || pictures.test(file)) continue;
      expect(measured.test(file), `${file} differs`).toBe(true);
      const renamed = Buffer.from(second.get(file)!.toString('utf8').replaceAll(`${name}-b`, `${name}-a`));
      expect(withoutNumbers(renamed), file).toBe(withoutNumbers(content));
    }
  },
);
