import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyFolder, specwright } from '../system/command-line.ts';
import { createArgs, deaths, fingerprint, type Kill, runThroughKills, seeded, spread } from '../system/killing.ts';

const seed = 20;
const folder = emptyFolder();
const training = { until: '2.4', reference: {} as Record<string, string>, durationMs: 0 };
const whole = { until: null, reference: {} as Record<string, string>, durationMs: 0 };

beforeAll(async () => {
  const root = path.join(folder, 'reference', 'penguins');
  mkdirSync(path.dirname(root));
  const timed = async (args: string[]) => {
    const started = performance.now();
    const ended = await specwright(args, { cwd: folder, limitMs: 400_000 });
    expect(ended.code, ended.all).toBe(0);
    return performance.now() - started;
  };
  training.durationMs = await timed(createArgs(root, training.until));
  training.reference = await fingerprint(root);
  whole.durationMs = training.durationMs + (await timed(['resume', root, '--yes']));
  whole.reference = await fingerprint(root);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const random = seeded(seed);
const deathOf = (index: number) => deaths[index % deaths.length]!;

describe('training that is killed three times on its way', () => {
  const projects = 6;
  // Project i takes the moments i, i + 6 and i + 12 of eighteen, so that together they cover the whole duration.
  const moments = spread(3 * projects, 1, random);
  const cases = Array.from({ length: projects }, (_, index) => ({
    index,
    at: [index, index + projects, index + 2 * projects].map((one) => moments[one]!),
  }));

  test.each(cases)('at $at of it ends with the same result', ({ index, at }) =>
    killedAt(path.join(folder, `training-${index}`), training, at, index),
  );
});

describe('the whole way that is killed once', () => {
  const cases = spread(4, 1, random).map((at, index) => ({ at, index }));

  test.each(cases)('at $at of it ends with the same result, which verify confirms', async ({ at, index }) => {
    const place = path.join(folder, `whole-${index}`);
    await killedAt(place, whole, [at], index + 1);
    const verified = await specwright(['verify', path.join(place, 'penguins')], { cwd: place });
    expect(verified.code, verified.all).toBe(0);
    rmSync(place, { recursive: true, force: true });
  });
});

/** `at`: shares of the duration, ascending; each later one counts on from the death before. */
const killedAt = async (
  place: string,
  { until, reference, durationMs }: typeof whole | typeof training,
  at: number[],
  first: number,
) => {
  const root = path.join(place, 'penguins');
  const kills = at.map(
    (share, index): Kill => ({
      afterMs: (share - (at[index - 1] ?? 0)) * durationMs,
      death: deathOf(first + index),
    }),
  );
  await runThroughKills(root, until, kills);
  expect(await fingerprint(root)).toEqual(reference);
};
