import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyFolder, specwright } from './command-line.ts';
import { createArgs, deaths, fingerprint, runThroughKills, seeded, spread } from './killing.ts';

const until = '1.3';
const folder = emptyFolder();
let reference: Record<string, string>;
let durationMs: number;

beforeAll(async () => {
  const root = path.join(folder, 'reference', 'penguins');
  const started = performance.now();
  const ended = await specwright(createArgs(root, until), { cwd: folder });
  durationMs = performance.now() - started;
  expect(ended.code, ended.all).toBe(0);
  reference = await fingerprint(root);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run that is killed outright', () => {
  test.each(deaths.map((death, index) => ({ death, index })))(
    'with its $death comes to the same result when it is resumed',
    async ({ death, index }) => {
      const afterMs = spread(deaths.length, durationMs, seeded(5))[index]!;
      const root = path.join(folder, death, 'penguins');
      await runThroughKills(root, until, [{ afterMs, death }]);
      expect(await fingerprint(root)).toEqual(reference);
    },
  );
});
