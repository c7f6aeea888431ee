import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectMini, writeMini } from '../../src/data/mini.ts';
import { prepareData } from '../../src/data/prepare.ts';
import { rules } from './gate-testing.ts';

const scratch = () => mkdtempSync(path.join(tmpdir(), 'people-'));

type Picture = { person: string; pixels: string };

/** A folder whose listing is given: what is in the pictures plays no part in who goes where. */
const prepare = async (pictures: Picture[], root = scratch()) => {
  const given = scratch();
  const names = pictures.map(({ person }, index) => `${person}/${index}.png`);
  for (const name of names) {
    mkdirSync(path.dirname(path.join(given, name)), { recursive: true });
    writeFileSync(path.join(given, name), 'p');
  }
  const table = path.join(scratch(), 'images.csv');
  const rows = pictures.map(({ person, pixels }, index) => `"${names[index]}",9,9,1,${pixels},"${person}"`);
  writeFileSync(table, `image,width,height,channels,pixels,folder\n${rows.join('\n')}\n`);
  const prepared = await prepareData({
    brief: '',
    agreeToLeaveOut: async () => true,
    given,
    root,
    scratch: scratch(),
    task: 'face_verification',
    target: 'folder',
    positiveClass: null,
    unit: null,
    horizon: null,
    listImages: async () => ({ images: pictures.length, unreadable: [], bytes: pictures.length, table }),
    rules: rules.ML,
  });
  return { root, prepared };
};

const people = (count: number, each: number): Picture[] =>
  Array.from({ length: count * each }, (_, index) => ({ person: `人 ${index % count}`, pixels: `p${index}` }));

const partOf = (root: string, part: string) =>
  readFileSync(path.join(root, 'data', part, 'data.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').at(-1)!);

describe('people are split, not pictures', () => {
  test.each([
    [16, 5, 6],
    [40, 8, 8],
    [100, 3, 20],
  ])('of %i people with %i pictures each %i are in the hold-out alone', async (count, each, held) => {
    const { root, prepared } = await prepare(people(count, each));
    if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
    const [full, holdout] = [new Set(partOf(root, 'full')), new Set(partOf(root, 'holdout'))];
    expect(holdout.size).toBe(held);
    expect(full.size).toBe(count - held);
    expect([...holdout].filter((person) => full.has(person))).toEqual([]);
    expect(partOf(root, 'holdout')).toHaveLength(held * each);
  });

  test('the same pictures give the same split', async () => {
    const roots = await Promise.all([prepare(people(30, 4)), prepare(people(30, 4))]);
    const [one, two] = roots.map(({ root }) => readFileSync(path.join(root, 'data/holdout/data.csv'), 'utf8'));
    expect(one).toBe(two);
  });

  test('copies count once, and a picture under two names not at all', async () => {
    const pictures = people(20, 4);
    pictures.push({ ...pictures[0]! }, { person: '人 7', pixels: pictures[1]!.pixels });
    const { root, prepared } = await prepare(pictures);
    if ('problems' in prepared) throw new Error('unexpected');
    expect(partOf(root, 'full').length + partOf(root, 'holdout').length).toBe(79);
    expect(prepared.sealed.rows.copies).toBe(1);
  });

  test('the mini set holds whole people, and of somebody with very many pictures some', async () => {
    const pictures = [
      ...people(40, 6),
      ...Array.from({ length: 300 }, (_, index) => ({ person: 'star', pixels: `s${index}` })),
    ];
    const { root, prepared } = await prepare(pictures);
    if ('problems' in prepared) throw new Error('unexpected');
    await writeMini(root, prepared.sealed.schema, 60, 42);
    const facts = await inspectMini(root, prepared.sealed.schema);
    expect(facts.fromHoldout).toBe(0);
    expect(facts.rows).toBeLessThanOrEqual(60);
    expect(facts.classes.length).toBeGreaterThanOrEqual(10);
    expect(facts.classes.filter(({ label }) => label !== 'star').every(({ full, mini }) => full === mini)).toBe(true);
    expect(facts.target).toBeNull();
  });
});

test.each([
  ['one person', people(1, 50), /all 50 images are of one person/],
  ['one picture of each', people(50, 1), /each of the 50 people has one image only/],
  ['copies of one picture', people(12, 1).concat(people(12, 1)), /each of the 12 people has one image only/],
  ['nine people', people(9, 5), /of 9 people only 9 have 2 or more different images: at least 16 people with 2/],
])('what nobody can be told apart by is refused: %s', async (_name, pictures, message) => {
  const { prepared } = await prepare(pictures);
  expect('problems' in prepared && prepared.problems.map((problem) => problem.message)).toEqual([
    expect.stringMatching(message),
  ]);
});
