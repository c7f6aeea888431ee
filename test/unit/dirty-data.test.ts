import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { prepareData } from '../../src/data/prepare.ts';
import { rules } from './gate-testing.ts';

const folder = () => mkdtempSync(path.join(tmpdir(), 'dirty-'));

const prepare = async (rows: string[], task: string, target = 'y') => {
  const root = folder();
  const file = path.join(root, 'given.csv');
  writeFileSync(file, `${rows.join('\n')}\n`);
  const found = await prepareData({
    brief: '',
    agreeToLeaveOut: async () => true,
    given: file,
    root,
    scratch: folder(),
    task,
    target,
    positiveClass: null,
    unit: null,
    horizon: { value: 7, unit: 'days' },
    listImages: () => Promise.reject(new Error('a table was given')),
    rules: rules.ML,
  });
  const part = (name: string) =>
    readFileSync(path.join(root, 'data', name, 'data.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
  return { found, part };
};

const used = async (rows: string[], task: string, target?: string) => {
  const { found, part } = await prepare(rows, task, target);
  if ('problems' in found) throw new Error(JSON.stringify(found.problems));
  return { ...found, part, rows: [...part('full'), ...part('holdout')] };
};

const reasons = async (rows: string[], task: string, target?: string) => {
  const { found } = await prepare(rows, task, target);
  return 'problems' in found ? found.problems : [];
};

const many = (count: number, row: (index: number) => string) => Array.from({ length: count }, (_, index) => row(index));
const day = (index: number) => new Date(Date.UTC(2023, 0, 1 + index)).toISOString().slice(0, 10);
const noise = (index: number) => ((index * 7919) % 101) / 10;

describe('classes', () => {
  test('thousands of classes with few rows are one reason, with the worst named', async () => {
    const found = await reasons(
      ['x,z,y', ...many(2000, (index) => `${noise(index)},${index % 5},c${index % 1000}`)],
      'tabular_classification',
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ about: 'classes' });
    expect(found[0]!.message).toMatch(/^1000 of 1000 have fewer than 4 rows for training: .* and 995 more\. Collect/);
    expect(found[0]!.zh).toContain('1000 个类别中有 1000 个');
  });

  test('variants in case and white space are one label', async () => {
    const written = ['yes', 'Yes ', ' YES', 'no', 'No', 'NO '];
    const { sealed } = await used(
      ['x,z,y', ...many(180, (index) => `${noise(index)},${index % 5},${written[index % 6]}`)],
      'tabular_classification',
    );
    expect(sealed.schema.classes).toHaveLength(2);
  });
});

describe('columns', () => {
  const roleIn = (found: Awaited<ReturnType<typeof used>>, name: string) =>
    found.sealed.schema.columns.find((column) => column.name === name);

  test('JSON in a column is left out by name', async () => {
    const found = await used(
      ['x,meta,y', ...many(120, (index) => `${noise(index)},"{""a"": ${index}, ""b"": [1]}",${index % 2 ? 'a' : 'b'}`)],
      'tabular_classification',
    );
    expect(roleIn(found, 'meta')).toMatchObject({ role: 'ignored', reason: 'nested value' });
    expect(roleIn(found, 'x')).toMatchObject({ role: 'numeric' });
  });

  test('a column row_id that numbers the rows is no obstacle', async () => {
    const found = await used(
      ['row_id,x,y', ...many(120, (index) => `${index},${noise(index)},${index % 2 ? 'a' : 'b'}`)],
      'tabular_classification',
    );
    expect(found.sealed.schema.columns.map(({ name }) => name)).toEqual(['x', 'y']);
  });

  test('how the file writes its columns is kept for the rows to come', async () => {
    const found = await used(
      [
        'price;sold;area;at;plain;y',
        ...many(120, (index) =>
          [
            index % 20 === 3 ? 'k.A.' : `${1 + (index % 9)}.${100 + index},50 €`,
            `${1 + (index % 28)}.${1 + (index % 12)}.2021`,
            index % 30 === 4 ? '?' : `${20 + index} m2`,
            index % 30 === 5 ? 'N/A' : index % 30 === 6 ? '-' : noise(index),
            index,
            index % 2 ? 'a' : 'b',
          ].join(';'),
        ),
      ],
      'tabular_classification',
    );
    const kept = Object.fromEntries(
      found.sealed.schema.columns.map(({ name, written, missing_as }) => [name, { written, missing_as }]),
    );
    expect(kept).toEqual({
      price: {
        written: { as: 'number', decimal_comma: true, thousands_dot: true, unit: null, example: '1.100,50 €' },
        missing_as: ['k.a.'],
      },
      sold: { written: { as: 'date', day_first: true, example: '1.1.2021' }, missing_as: undefined },
      area: {
        written: { as: 'number', decimal_comma: false, thousands_dot: false, unit: 'm2', example: '100 m2' },
        missing_as: ['?'],
      },
      at: { written: undefined, missing_as: ['-', 'n/a'] },
      plain: { written: undefined, missing_as: undefined },
      y: { written: undefined, missing_as: undefined },
    });
  });

  test('one decimal comma among points makes no thousands of the others', async () => {
    const found = await used(
      [
        'x;y',
        ...many(
          300,
          (index) =>
            `${index === 7 ? '2,5' : `${1 + (index % 29)}.${index % 2 ? 100 + index : index % 10}`};${noise(index)}`,
        ),
      ],
      'tabular_regression',
    );
    expect(found.sealed.schema.columns[0]).toMatchObject({
      max: expect.closeTo(29.4, 0),
      written: { decimal_comma: true, thousands_dot: false, example: '2,5' },
    });
  });

  test('junk among plain numbers is no form, and a column that stays text stays as it is', async () => {
    const found = await used(
      [
        'x;z;y',
        ...many(300, (index) =>
          [index === 7 ? 'broken' : index, index % 10 < 9 ? `$${index % 60}k` : 'cheap', noise(index)].join(';'),
        ),
      ],
      'tabular_regression',
    );
    expect(found.sealed.schema.columns.slice(0, 2)).toEqual([
      expect.not.objectContaining({ written: expect.anything() }),
      expect.not.objectContaining({ written: expect.anything() }),
    ]);
    expect(found.rows.filter((row) => row.includes('$')).length).toBeGreaterThan(200);
  });

  test.each([
    ['currency and thousands', (index: number) => `"¥${(10_000 + index * 37).toLocaleString('en')}.50"`, '10000.5'],
    ['percentages', (index: number) => `${index % 90}.5%`, '0.5'],
    ['Chinese numerals', (index: number) => ['三', '十二', '二十', '一百零五'][index % 4]!, '3'],
  ])('%s become plain numbers, and the note shows how', async (_name, write, first) => {
    const found = await used(
      ['x,z,y', ...many(160, (index) => `${write(index)},${noise(index)},${index % 2 ? 'a' : 'b'}`)],
      'tabular_classification',
    );
    expect(roleIn(found, 'x')).toMatchObject({ role: 'numeric' });
    expect(found.rewritten.map(({ column }) => column)).toEqual(['x']);
    expect(found.rows.map((row) => row.split(',').slice(0, 2).join(','))).toContain(`0,${first}`);
  });
});

describe('a file without a header', () => {
  const flower = (index: number) =>
    `${5 + (index % 7) / 10},${noise(index)},${index % 2 ? 'Iris-setosa' : 'Iris-virginica'}`;

  test('names its columns by their place, and keeps its first row', async () => {
    const found = await used(many(120, flower), 'tabular_classification', 'column3');
    expect(found.sealed.schema.columns.map(({ name }) => name)).toEqual(['column1', 'column2', 'column3']);
    expect(found.sealed.rows.full + found.sealed.rows.holdout).toBe(120);
  });

  test('years above columns are names', async () => {
    const found = await used(
      [
        'country,2019,2020,y',
        ...many(120, (index) => `land ${index % 30},${noise(index)},${noise(index + 1)},${index % 2 ? 'a' : 'b'}`),
      ],
      'tabular_classification',
    );
    expect(found.sealed.schema.columns.map(({ name }) => name)).toEqual(['country', '2019', '2020', 'y']);
  });
});

test('numbers written in words stay words where they are what is learnt', async () => {
  const written = ['三', '十二', '二十', '一百零五'];
  const { rows } = await used(
    ['english,y', ...many(120, (index) => `number ${index},${written[index % 4]}${written[index % 3]}`)],
    'sequence_to_sequence',
  );
  expect(rows.every((row) => /[三十二一百]/.test(row))).toBe(true);
});

describe('texts', () => {
  test('empty texts are kept as missing; texts that are all empty are refused', async () => {
    const texts = ['good film', '', 'bad film', '  '];
    const { sealed } = await used(
      [
        'text,y',
        ...many(160, (index) => `${texts[index % 4]}${index % 2 ? '' : ` ${index}`},${index % 3 ? 'a' : 'b'}`),
      ],
      'text_classification',
    );
    expect(sealed.schema.columns.find(({ name }) => name === 'text')).toMatchObject({ role: 'text' });
    const [refused] = await reasons(
      ['text,y', ...many(80, (index) => `,${index % 2 ? 'a' : 'b'}`)],
      'text_classification',
    );
    expect(refused!.message).toMatch(/no column is left/);
  });

  test('texts of one character are texts', async () => {
    const { sealed } = await used(
      ['text,y', ...many(160, (index) => `${String.fromCodePoint(0x4e00 + index)},${index % 2 ? 'a' : 'b'}`)],
      'text_classification',
    );
    expect(sealed.schema.columns[0]).toMatchObject({ name: 'text', role: 'text' });
  });

  test('a pair without an answer takes no part', async () => {
    const { sealed } = await used(
      ['source,y', ...many(160, (index) => `word number ${index},${index % 4 ? `answer ${index}` : ''}`)],
      'sequence_to_sequence',
    );
    expect(sealed.rows.full + sealed.rows.holdout).toBe(120);
  });
});

describe('series', () => {
  const forecast = 'time_series_forecasting';
  const rows = (count = 120) => many(count, (index) => `${day(index)},${10 + (index % 7) + noise(index) / 10}`);

  test('one point is refused with the number', async () => {
    const found = await reasons(['date,y', '2023-01-01,5'], forecast);
    expect(found.map(({ message }) => message).join()).toMatch(/1 rows have a value/);
  });

  test('the order of the rows does not matter', async () => {
    const [sorted, shuffled] = await Promise.all([
      used(['date,y', ...rows()], forecast),
      used(['date,y', ...rows().sort((a, b) => a.slice(8).localeCompare(b.slice(8)))], forecast),
    ]);
    const withoutId = ({ part }: typeof sorted) => part('holdout').map((row) => row.slice(row.indexOf(',') + 1));
    expect(withoutId(shuffled)).toEqual(withoutId(sorted));
  });

  test('the same row twice counts once; two values for one day are refused', async () => {
    const { sealed } = await used(['date,y', ...rows(), ...rows()], forecast);
    expect(sealed.rows.full + sealed.rows.holdout).toBe(120);
    const [refused] = await reasons(['date,y', ...rows(), `${day(5)},99`], forecast);
    expect(refused!.message).toMatch(/the same time occurs in several rows \(1 in all, the first is 2023-01-06\)/);
  });

  test('a date of another millennium is left out by name', async () => {
    const found = await used(['date,y', ...rows(), '2999-01-01,12'], forecast);
    expect(found.times).toEqual({ column: 'date', strays: ['2999-01-01'] });
    expect(found.rows.some((row) => row.includes('2999'))).toBe(false);
    const early = await used(['date,y', '0923-01-01,12', ...rows()], forecast);
    expect(early.times!.strays).toEqual(['0923-01-01']);
  });

  test('a gap in the middle is no mistake', async () => {
    const found = await used(
      ['date,y', ...rows(40), ...many(40, (index) => `${day(index + 400)},${noise(index)}`)],
      forecast,
    );
    expect(found.times!.strays).toEqual([]);
  });

  test('rows whose value is still to come take no part', async () => {
    const { sealed } = await used(['date,y', ...rows(), ...many(5, (index) => `${day(120 + index)},`)], forecast);
    expect(sealed.rows).toMatchObject({ withoutTarget: 5 });
  });
});
