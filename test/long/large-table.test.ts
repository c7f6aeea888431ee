import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { specwright } from '../system/command-line.ts';

const work = mkdtempSync(path.join(tmpdir(), 'large-table-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Ten measurements of which two decide the label; returns the number of rows. */
const writeTable = async (file: string, bytes: number): Promise<number> => {
  const stream = createWriteStream(file);
  stream.write(`${Array.from({ length: 10 }, (_, index) => `x${index}`).join(',')},label\n`);
  let state = 42;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 100;
  };
  let rows = 0;
  for (let written = 0; written < bytes; ) {
    const values = Array.from({ length: 10 }, random);
    const label = values[0]! + values[1]! > 100 ? 'a' : 'b';
    const line = `${values.map((value) => value.toFixed(5)).join(',')},${label}\n`;
    written += line.length;
    rows += 1;
    if (!stream.write(line)) await once(stream, 'drain');
  }
  stream.end();
  await finished(stream);
  return rows;
};

describe('a table of 300 MB', () => {
  test('is read, sealed, trained on as the budget allows, and served', async () => {
    const file = path.join(work, 'large.csv');
    const rows = await writeTable(file, 300e6);
    expect(statSync(file).size).toBeGreaterThan(300e6);
    const out = path.join(work, 'project');
    const brief = 'Predict the column label from the measurements x0 to x9. Accuracy at least 80%.';
    const ended = await specwright(
      ['create', brief, '--data', file, '--out', out, '--yes', '--budget', '2', '--json'],
      {
        cwd: work,
        limitMs: 1_500_000,
      },
    );
    expect(ended.code, ended.all.slice(-3000)).toBe(0);
    const technology = readFileSync(path.join(out, 'spec/tech.md'), 'utf8');
    expect(technology).toMatch(new RegExp(`given: ${rows}\\b`));
    const summary = JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '{}');
    expect(summary.metrics[0].value).toBeGreaterThan(0.9);
  }, 1_600_000);
});
