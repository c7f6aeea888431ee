import { describe, expect, test } from 'vitest';
import {
  describeParts,
  type Files,
  type Part,
  partsOf,
  smallestReturn,
  withReturned,
} from '../../src/repair/good-version.ts';

const lines = (count: number, change: Record<number, string> = {}): string =>
  Array.from({ length: count }, (_, index) => `${change[index] ?? `line ${index}`}\n`).join('');
const good: Files = new Map([
  ['a.py', lines(20)],
  ['b.py', lines(10)],
  ['c.py', lines(5)],
]);

describe('the way back to the last good version', () => {
  test('is in pieces, and any of them can be gone alone', () => {
    const current: Files = new Map([
      ['a.py', lines(20, { 3: 'fault', 12: 'wanted' })],
      ['b.py', lines(10)],
      ['c.py', null],
      ['own.py', 'x = 1\n'],
    ]);
    const parts = partsOf(current, good);
    expect(parts.map(({ file, line }) => `${file}:${line}`)).toEqual(['a.py:4', 'a.py:13', 'c.py:1']);
    expect(withReturned(current, [parts[0]!]).get('a.py')).toBe(lines(20, { 12: 'wanted' }));
    expect(withReturned(current, parts)).toEqual(
      new Map([
        ['a.py', lines(20)],
        ['c.py', lines(5)],
      ]),
    );
    expect(describeParts([parts[0]!])).toBe('a.py:4 (1 lines to 1 of the last good version)');
  });

  test.each([
    ['one fault among many wanted changes', [7], 24],
    ['two faults that both must go', [3, 17], 60],
  ])('%s is found in few runs', async (_name, faults, mostRuns) => {
    const changed = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [2 * index, `edit ${index}`]));
    const parts = partsOf(new Map([['a.py', lines(40, changed)]]), new Map([['a.py', lines(40)]]));
    const bad = faults.map((index) => parts[index]!);
    let runs = 0;
    const passes = async (returned: Part[]) => {
      runs += 1;
      return bad.every((part) => returned.includes(part));
    };
    const found = await smallestReturn(parts, passes, { mostRuns: 100 });
    expect(found!.parts).toEqual(bad);
    expect(runs).toBeLessThanOrEqual(mostRuns);
    const suspected = await smallestReturn(parts, passes, { mostRuns: 100, suspect: (part) => bad.includes(part) });
    expect(suspected!.parts).toEqual(bad);
  });

  test('code goes back before a setting that only goes around it', async () => {
    const current: Files = new Map([
      ['a.yaml', lines(5, { 1: 'name: other' })],
      ['b.py', lines(10, { 4: 'fault' })],
    ]);
    const parts = partsOf(
      current,
      new Map([
        ['a.yaml', lines(5)],
        ['b.py', lines(10)],
      ]),
    );
    const found = await smallestReturn(parts, async (returned) => returned.length > 0, {
      mostRuns: 10,
      prefer: ({ file }) => file.endsWith('.py'),
    });
    expect(found!.parts.map(({ file }) => file)).toEqual(['b.py']);
  });

  test('a fault that lies elsewhere is not blamed on the changes', async () => {
    const parts = partsOf(new Map([['a.py', lines(20, { 3: 'x' })]]), good);
    expect(await smallestReturn(parts, async () => false, { mostRuns: 10 })).toBeNull();
    expect(await smallestReturn([], async () => true, { mostRuns: 10 })).toBeNull();
  });
});
