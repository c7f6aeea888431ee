import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectSource } from '../../src/data/given/source.ts';
import { loadTable } from '../../src/data/table.ts';
import { dateStyle, decimalYear, unixTime, writtenDate } from '../../src/data/written/dates.ts';
import { labelLike, mergeLabels } from '../../src/data/written/labels.ts';
import { numberStyle, writtenNumber } from '../../src/data/written/numbers.ts';

/** A project reads further fields by Python: what both read, both read alike. */
const cases = JSON.parse(readFileSync('templates/tables/tests/written.json', 'utf8')) as {
  /** The field, whether commas are decimal marks, whether dots are of thousands, the unit, and what it is. */
  numbers: [string, boolean, boolean, string | null, number | null][];
  dates: [string, boolean, string | null][];
  unix_time: [string, string | null][];
  decimal_year: [string, string | null][];
};

const loaded = async (content: string) => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'written-')), 'data.csv');
  writeFileSync(file, content);
  const source = await inspectSource(file);
  if (source.kind !== 'table') throw new Error('no table');
  return loadTable(source, path.dirname(file));
};

describe('numbers as people write them', () => {
  test.each(cases.numbers)('%s (%s, %s, %s) is %s', (field, decimalComma, thousandsDot, unit, value) => {
    expect(writtenNumber(field, { decimalComma, thousandsDot, unit })).toBe(value);
  });
  test('a decimal comma is taken where the column shows one', () => {
    const style = (...fields: string[]) => numberStyle(fields);
    expect(style('1.234,50', '12,5', '1.234')).toEqual({ decimalComma: true, thousandsDot: true, unit: null });
    expect(style('1,234', '12,345')).toEqual({ decimalComma: false, thousandsDot: false, unit: null });
    // One comma among decimal points makes no thousands of 1.234.
    expect(style('2,5', '1.234', '7.25')).toEqual({ decimalComma: true, thousandsDot: false, unit: null });
  });
});

test.each([...cases.unix_time, ['9999999999', null] as const])('%s seconds or milliseconds are %s', (field, moment) =>
  expect(unixTime(field)).toBe(moment),
);

describe('years with decimals', () => {
  test.each(cases.decimal_year)('%s is %s', (field, date) => expect(decimalYear(field)).toBe(date));
  test.each(['model_year', 'runtime', '时间(秒)', 'candidate_id'])('%s holds amounts or names', async (name) => {
    const values = ['1512', '1512.5', '1600.25', '1700.75', '1425513600'].map((one) => `${one},x`);
    const table = await loaded(`${name},y\n${values.join('\n')}\n`);
    expect(table.rewritten).toEqual([]);
    const ids = await loaded(`${name},y\n${Array.from({ length: 9 }, (_, n) => `142551360${n},x`).join('\n')}\n`);
    expect(ids.rewritten).toEqual([]);
  });
  test('a column of them becomes months; one that is not of time stays numbers', async () => {
    const values = Array.from({ length: 36 }, (_, index) => (1990 + index / 12).toFixed(4));
    const table = await loaded(`time,size\n${values.map((one) => `${one},${one}`).join('\n')}\n`);
    const rows = await table.database.rows('SELECT time, size FROM given ORDER BY row_id LIMIT 2');
    expect(rows).toEqual([
      ['1990-01-01', '1990.0000'],
      ['1990-02-01', '1990.0833'],
    ]);
  });
});

describe('units behind numbers', () => {
  const column = (unit: string) => Array.from({ length: 40 }, (_, index) => `${index * 3 + 20}${unit}`);
  test.each(['㎡', ' m2', 'kg', '岁', ' km/h', '年建'])('%s behind every number is left away', (unit) => {
    const style = numberStyle(column(unit));
    expect(style.unit).toBe(unit.trim());
    expect(writtenNumber(`35${unit}`, style)).toBe(35);
    expect(writtenNumber('35', style)).toBe(35);
  });
  test('what says the size of the number stays a part of it', () => {
    expect(numberStyle(column('万'))).toMatchObject({ unit: null });
    expect(numberStyle(column('%'))).toMatchObject({ unit: null });
  });
  test('few different fields are labels, and two units are none', () => {
    expect(numberStyle(['1级', '2级', '3级'])).toMatchObject({ unit: null });
    expect(numberStyle([...column('kg'), ...column('lb')])).toMatchObject({ unit: null });
  });
});

describe('dates as people write them', () => {
  test.each(cases.dates)('%s (day first: %s) is %s', (field, dayFirst, iso) => {
    expect(writtenDate(field, { dayFirst })).toBe(iso);
  });
  test('the order of day and month is that which the column shows', () => {
    expect(dateStyle(['Mon 13/05/2024', 'Wed 01/05/2024']).dayFirst).toBe(true);
    expect(dateStyle(['Sat 02.03.2024']).dayFirst).toBe(true);
    expect(dateStyle(['25/3/2015', '1/2/2015'])).toEqual({ dayFirst: true });
    expect(dateStyle(['3/25/2015', '1/2/2015'])).toEqual({ dayFirst: false });
    expect(dateStyle(['03.04.2015', '01.02.2015'])).toEqual({ dayFirst: true });
    expect(writtenDate('25/3/2015', { dayFirst: true })).toBe('2015-03-25');
  });
});

describe('columns of a table', () => {
  test('are rewritten where nearly all fields can be read, and left alone otherwise', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => {
      const day = (index % 28) + 1;
      return `"¥${1000 + index},000",${day}/12/2020,${index % 2 ? 'v1,2' : 'x'},${index / 4},${index === 7 ? 'many' : `${index}%`}`;
    }).map((row) => row.replace('v1,2', 'v1.2'));
    const table = await loaded(`price,when,code,plain,share\n${rows.join('\n').replaceAll('¥1', '¥1,')}\n`);
    const [first] = await table.database.rows('SELECT * FROM given ORDER BY row_id LIMIT 1');
    expect(first!.slice(1)).toEqual(['1000000', '2020-12-01', 'x', '0', '0']);
    expect(table.rewritten.map(({ column, as }) => [column, as])).toEqual([
      ['price', 'number'],
      ['when', 'date'],
      ['share', 'number'],
    ]);
    const [odd] = await table.database.rows('SELECT share FROM given WHERE row_id = 7');
    expect(odd).toEqual(['many']);
    table.database.close();
  });
  test('labels that differ only in case and space are one', async () => {
    const table = await loaded('x,y\n1,Yes\n2,yes \n3,Yes\n4,ＹＥＳ\n5,No\n6,no\n7,No\n');
    const merged = await mergeLabels(table.database, 'y');
    expect(merged).toEqual([
      { label: 'No', variants: ['no'] },
      { label: 'Yes', variants: ['yes ', 'ＹＥＳ'] },
    ]);
    const counts = await table.database.rows('SELECT y, count(*)::INTEGER FROM given GROUP BY 1 ORDER BY 1');
    expect(counts).toEqual([
      ['No', 3],
      ['Yes', 4],
    ]);
    expect(labelLike(['Yes', 'No'], 'yes ')).toBe('Yes');
    table.database.close();
  });
});

test('a workbook is read from its header, below a title, with dates as dates', async () => {
  const source = await inspectSource(path.join(import.meta.dirname, '../fixtures/report.xlsx'));
  if (source.kind !== 'table') throw new Error('no table');
  const table = await loadTable(source, mkdtempSync(path.join(tmpdir(), 'excel-')));
  expect([table.columns, table.rows]).toEqual([['date', 'price', 'city', 'note'], 60]);
  const [, second] = await table.database.rows('SELECT * FROM given ORDER BY row_id LIMIT 2');
  expect(second).toEqual(['1', '2020-01-02', '10.5', '上海', 'say "hi"']);
  table.database.close();
});

test('what only has the name of a workbook is refused in a sentence', async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'excel-')), 'data.xlsx');
  writeFileSync(file, 'a,b\n1,2\n');
  const source = await inspectSource(file);
  if (source.kind !== 'table') throw new Error('no table');
  await expect(loadTable(source, path.dirname(file))).rejects.toThrow(/cannot be read as an Excel workbook/);
});
