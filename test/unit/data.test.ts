import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { inspectSource } from '../../src/data/given/source.ts';
import { countMini, inspectMini, writeMini } from '../../src/data/mini.ts';
import { prepareData } from '../../src/data/prepare.ts';
import { profileTable } from '../../src/data/profile.ts';
import { roleOf } from '../../src/data/schema.ts';
import { loadTable } from '../../src/data/table.ts';
import { rules } from './gate-testing.ts';

const folder = () => mkdtempSync(path.join(tmpdir(), 'data-'));
const put = (name: string, content: string | Buffer): string => {
  const file = path.join(folder(), name);
  writeFileSync(file, content);
  return file;
};

const profileOf = async (file: string) => {
  const source = await inspectSource(file);
  if (source.kind !== 'table') throw new Error('no table');
  const table = await loadTable(source, folder());
  try {
    return { rows: table.rows, columns: await profileTable(table) };
  } finally {
    table.database.close();
  }
};

test.each(['patient_id', 'id'])('rows of one subject, called %s, stay on one side of the split', async (name) => {
  const lines = Array.from({ length: 300 }, (_, index) => {
    const patient = index % 60;
    return `P${patient},${(index * 7) % 13},${(index * 3) % 11},${(patient + (index % 3)) % 2 ? 'sick' : 'well'}`;
  });
  const root = folder();
  const file = put('visits.csv', `${name},a,b,y\n${lines.join('\n')}\n`);
  const prepared = await prepare(file, { root });
  if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
  expect(prepared.sealed.schema.columns[0]).toMatchObject({ name, role: 'group' });
  const patients = (part: string) =>
    new Set(
      readFileSync(path.join(root, 'data', part, 'data.csv'), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[1]),
    );
  const [full, held] = [patients('full'), patients('holdout')];
  expect(full.size + held.size).toBe(60);
  expect([...held].filter((patient) => full.has(patient))).toEqual([]);
  expect(prepared.sealed.rows.holdout).toBeGreaterThanOrEqual(60);
});

/** The different rows of a part, without their numbers. */
const contents = (root: string, part: string): Set<string> =>
  new Set(
    readFileSync(path.join(root, 'data', part, 'data.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.slice(line.indexOf(','))),
  );

const prepare = (
  file: string,
  options: {
    task?: 'tabular_classification' | 'tabular_regression' | 'time_series_forecasting' | 'text_classification';
    horizon?: { value: number; unit: string } | null;
    target?: string | null;
    root?: string;
    agree?: Parameters<typeof prepareData>[0]['agreeToLeaveOut'];
  } = {},
) =>
  prepareData({
    brief: '',
    agreeToLeaveOut: options.agree ?? (async () => true),
    given: file,
    root: options.root ?? folder(),
    scratch: folder(),
    task: options.task ?? 'tabular_classification',
    target: options.target === undefined ? 'y' : options.target,
    positiveClass: null,
    unit: null,
    horizon: options.horizon ?? null,
    listImages: () => Promise.reject(new Error('a table was given')),
    rules: rules.ML,
  });

const lines = (count: number, row: (index: number) => string, header = 'x,z,y') =>
  `${[header, ...Array.from({ length: count }, (_, index) => row(index))].join('\n')}\n`;
const good = (count = 100) =>
  lines(count, (index) => `${(index * 7919) % 101}.5,${index % 5},${index % 3 === 0 ? 'a' : 'b'}`);

describe('formats and encodings', () => {
  test.each([
    ['a.csv', 'name,value\nx,1\ny,2\n'],
    ['a.csv', 'name;value\nx;1\ny;2\n'],
    ['a.tsv', 'name\tvalue\nx\t1\ny\t2\n'],
    ['a.json', '[{"name":"x","value":1},{"name":"y","value":2}]'],
    ['a.jsonl', '{"name":"x","value":1}\n{"name":"y","value":2}\n'],
    ['a.csv', '\uFEFFname,value\r\nx,1\r\ny,2\r\n'],
  ])('%s is read as a table of two rows and two columns', async (name, text) => {
    const { rows, columns } = await profileOf(put(name, text));
    expect([rows, columns.map((column) => [column.name, column.type])]).toEqual([
      2,
      [
        ['name', 'text'],
        ['value', 'number'],
      ],
    ]);
  });

  test('GB18030 is recognised, and the source is left as it is', async () => {
    const bytes = iconv.encode('品种,重量\n阿德利,3.5\n帝企鹅,30\n', 'gb18030');
    const file = put('a.csv', bytes);
    const { columns } = await profileOf(file);
    expect(columns.map(({ name }) => name)).toEqual(['品种', '重量']);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  test('"None" is a value, and NA in a column of numbers is missing', async () => {
    const { columns } = await profileOf(put('a.csv', 'kind,number\nNone,1\nx,NA\nNone,3\n'));
    expect(columns.map(({ type, missing }) => [type, missing])).toEqual([
      ['text', 0],
      ['number', 1],
    ]);
  });
});

describe('what cannot be used is told with the place and what to do', () => {
  test.each([
    ['empty.csv', '', /empty \(0 bytes\)/],
    ['header.csv', 'a,b\n', /no rows/],
    ['one.csv', 'a\n1\n2\n', /only one column/],
    ['twice.csv', 'a,b,a\n1,2,3\n4,5,6\n', /duplicate column names: a/],
    ['binary.csv', Buffer.from([1, 2, 0, 3, 4, 0xff, 0xfe]), /byte 2 is zero/],
    ['broken.json', '{"a": [1, 2', /broken\.json/],
    ['fake.parquet', 'not parquet at all', /fake\.parquet/],
    ['page.html', '<html></html>', /files of type "\.html" are not read/],
  ])('%s', async (name, content, message) => {
    await expect(profileOf(put(name, content))).rejects.toThrow(message);
  });

  test('a path without a file', async () => {
    await expect(inspectSource('/nowhere/data.csv')).rejects.toThrow(/No data at/);
  });

  test.each([
    ['nobody named the target', good(), null, /nobody named/],
    ['the target is no column', good(), 'species', /no column "species"; columns: x, z, y/],
    ['the target is constant', lines(60, (index) => `${index},${index % 4},a`), 'y', /constant/],
    ['the target is empty', lines(60, (index) => `${index},${index % 4},`), 'y', /0 rows have a value/],
    ['there are too few rows', good(12), 'y', /12 rows/],
    [
      'a class has too few rows',
      lines(80, (index) => `${index % 9}.5,${index % 4},${index === 3 ? 'rare' : index % 2 ? 'a' : 'b'}`),
      'y',
      /1 of 3 have fewer than 4 rows for training: rare \(1\)/,
    ],
    ['all other columns are constant', lines(60, (index) => `1,2,${index % 2 ? 'a' : 'b'}`), 'y', /no column is left/],
  ])('%s', async (_name, text, target, message) => {
    const result = await prepare(put('a.csv', text), { target });
    expect('problems' in result ? result.problems.map((problem) => problem.message) : []).toContainEqual(
      expect.stringMatching(message),
    );
  });

  test('a regression target of words', async () => {
    const result = await prepare(put('a.csv', good()), { task: 'tabular_regression' });
    expect('problems' in result && result.problems[0]?.message).toMatch(/holds no numbers/);
  });
});

describe('the sealed hold-out', () => {
  const rowIds = (root: string, part: string) =>
    readFileSync(path.join(root, 'data', part, 'data.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[0]);

  test('every class is in it in its share, and no row is on both sides', async () => {
    const root = folder();
    const result = await prepare(put('a.csv', good(600)), { root });
    if ('problems' in result) throw new Error(JSON.stringify(result.problems));
    const [a, b] = result.sealed.classes;
    expect([a!.holdout, b!.holdout]).toEqual([40, 80]);
    const full = new Set(rowIds(root, 'full'));
    expect(rowIds(root, 'holdout').filter((id) => full.has(id))).toEqual([]);
  });

  test('the same data and seed give the same split, byte for byte', async () => {
    const file = put('a.csv', good(200));
    const roots = [folder(), folder()];
    for (const root of roots) await prepare(file, { root });
    const [one, two] = roots.map((root) => readFileSync(path.join(root, 'data/holdout/data.csv'), 'utf8'));
    expect(one).toBe(two);
  });

  test('copies of a row stay on one side', async () => {
    const root = folder();
    const text = lines(300, (index) => `${(index % 30) * 1.5},${index % 30},${index % 2 ? 'a' : 'b'}`);
    await prepare(put('a.csv', text), { root });
    const full = contents(root, 'full');
    expect([...contents(root, 'holdout')].filter((row) => full.has(row))).toEqual([]);
  });

  test('rows that are alike because a few columns have few values are no copies', async () => {
    const root = folder();
    const text = lines(600, (index) => `${index % 3},${(index * 7) % 5},${(index * index) % 4 === 1 ? 'a' : 'b'}`);
    const result = await prepare(put('a.csv', text), { root });
    if ('problems' in result) throw new Error('unexpected');
    expect(result.sealed.rows.copies).toBe(0);
    expect(contents(root, 'holdout').size).toBe(contents(root, 'full').size);
  });

  test('the mini set is stratified and holds nothing of the hold-out', async () => {
    const root = folder();
    const result = await prepare(put('a.csv', good(900)), { root });
    if ('problems' in result) throw new Error('unexpected');
    await writeMini(root, result.sealed.schema, 60, 42);
    const facts = await inspectMini(root, result.sealed.schema);
    expect(facts.fromHoldout).toBe(0);
    expect(facts.classes.every(({ mini }) => mini > 0)).toBe(true);
    expect(facts.rows).toBeLessThan(70);
  });

  test.each(['__proto__', "'; DROP TABLE given; --", '../../x', '🐧 mass', 'a "quoted" name', 'constructor'])(
    'a column named %s is data like any other',
    async (name) => {
      const root = folder();
      const quoted = `"${name.replaceAll('"', '""')}"`;
      const result = await prepare(
        put(
          'a.csv',
          lines(
            100,
            (index) => `${(index * 7919) % 101}.5,${index % 5},${index % 3 === 0 ? 'a' : 'b'}`,
            `${quoted},z,y`,
          ),
        ),
        { root },
      );
      if ('problems' in result) throw new Error(JSON.stringify(result.problems));
      expect(result.sealed.schema.columns[0]).toMatchObject({ name, role: 'numeric' });
    },
  );
});

test('columns get the role that a person would give them', async () => {
  const text = lines(
    60,
    (index) =>
      `C-${index}x,${index + 1000},const,${index % 2 ? 'true' : 'false'},2024-01-${String((index % 28) + 1).padStart(2, '0')},red car ${index} fast,${index % 4},${index / 7}`,
    'code,customer_id,same,flag,day,words,group,amount',
  );
  const { rows, columns } = await profileOf(put('a.csv', text));
  expect(Object.fromEntries(columns.map((column) => [column.name, roleOf(column, rows).role]))).toEqual({
    code: 'ignored',
    customer_id: 'ignored',
    same: 'ignored',
    flag: 'boolean',
    day: 'datetime',
    words: 'text',
    group: 'numeric',
    amount: 'numeric',
  });
});

describe('a file of texts without header', () => {
  test('its first line is a row', async () => {
    const file = put(
      'pairs.tsv',
      '特伦托\tte lun tuo\n芒加纳\tmang jia na\n蒙古\tmeng gu\n波兰\tbo lan\n加纳\tjia na\n',
    );
    expect(await profileOf(file)).toMatchObject({ rows: 5, columns: [{ name: 'column1' }, { name: 'column2' }] });
  });

  test.for([
    ['原文,译文\n你好,再见\n早安,晚安\n谢谢,抱歉\n'],
    ['chinese,english\n你好,hello\n早安,morning\n谢谢,thanks\n'],
    ['review,stars\ngood food,five\nbad food,one\nnice food,four\n'],
    ['正文,类别\n君家何处住,唐诗\n妾住在横塘,宋词\n停船暂借问,唐诗\n'],
  ])('a header stays one: %j', async ([content]) => {
    expect(await profileOf(put('texts.csv', content!))).toMatchObject({ rows: 3 });
  });
});

describe('classes of a few rows', () => {
  const rows = [
    ...Array.from(
      { length: 400 },
      (_, index) => `${(index * 7919) % 101}.5,${index % 5},${index % 3 === 0 ? 'a' : 'b'}`,
    ),
    '3.5,1,B?',
  ];
  const file = () => put('rare.csv', `x,z,y\n${rows.join('\n')}\n`);

  test('are left out when that is agreed, and told', async () => {
    const asked: unknown[] = [];
    const prepared = await prepare(file(), {
      agree: async (rare) => {
        asked.push(rare);
        return true;
      },
    });
    if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
    expect(asked).toEqual([[{ label: 'B?', rows: 1 }]]);
    expect(prepared.rare).toEqual([{ label: 'B?', rows: 1 }]);
    expect(prepared.sealed.schema.classes).toEqual(['a', 'b']);
    expect(prepared.sealed.rows).toMatchObject({ given: 401, withoutTarget: 1 });
  });

  test('are refused when it is not', async () => {
    const prepared = await prepare(file(), { agree: async () => false });
    expect('problems' in prepared && prepared.problems[0]!.message).toContain('B? (1)');
  });

  test('are never left out where they are more than a handful', async () => {
    const many = lines(200, (index) => `${index}.5,${index % 5},${index < 100 ? 'a' : `c${index}`}`);
    const prepared = await prepare(put('many.csv', many), { agree: () => Promise.reject(new Error('asked')) });
    expect('problems' in prepared && prepared.problems[0]!.message).toContain('100 of 101 have fewer than 4 rows');
  });
});

describe('a series of weekdays', () => {
  const weekdays = Array.from({ length: 84 }, (_, index) => new Date(Date.UTC(2024, 0, 1 + index)))
    .filter((date) => date.getUTCDay() % 6 !== 0)
    .map((date) => date.toISOString().slice(0, 10));
  const shape = async (days: string[], horizon: { value: number; unit: string } | null) => {
    const file = put(
      'prices.csv',
      `day,price\n${days.map((day, index) => `${day},${100 + (index % 7)}.5`).join('\n')}\n`,
    );
    const prepared = await prepare(file, { task: 'time_series_forecasting', target: 'price', horizon });
    if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
    const { frequency, season, horizon: steps } = prepared.sealed.schema;
    return { frequency, season, steps };
  };

  test('has no gaps on weekends, and looks ahead in weekdays', async () => {
    expect(await shape(weekdays, { value: 5, unit: 'days' })).toEqual({
      frequency: { unit: 'weekday', count: 1 },
      season: 5,
      steps: 5,
    });
    expect(await shape(weekdays, { value: 2, unit: 'weeks' })).toMatchObject({ steps: 10 });
  });

  test('is one of days where a single weekend day is in it', async () => {
    expect(await shape([...weekdays, '2024-03-30'], null)).toMatchObject({
      frequency: { unit: 'day', count: 1 },
      season: 7,
    });
  });
});

test('a title and a body are read together; an address and a name are not', async () => {
  const rows = Array.from({ length: 60 }, (_, index) =>
    [
      `https://example.org/archive/of/all/articles/${index}`,
      `about ${index} things and more`,
      `the body of text number ${index}, which is long`,
      `P${index % 7}`,
      index % 2 ? 'a' : 'b',
    ].join(';'),
  );
  const file = put('news.csv', `link;title;body;author;y\n${rows.join('\n')}\n`);
  const prepared = await prepare(file, { task: 'text_classification' });
  if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
  const roles = Object.fromEntries(prepared.sealed.schema.columns.map(({ name, role }) => [name, role]));
  expect(roles).toEqual({ link: 'ignored', title: 'text', body: 'text', author: 'ignored', y: 'target' });
});

test.each([
  [
    'year,quarter',
    (index: number) => `${1990 + Math.floor(index / 4)},${(index % 4) + 1}`,
    { unit: 'month', count: 3 },
  ],
  ['年份,月份', (index: number) => `${1990 + Math.floor(index / 12)},${(index % 12) + 1}`, { unit: 'month', count: 1 }],
  [
    'year,month,day',
    (index: number) => `2023,${1 + Math.floor(index / 28)},${(index % 28) + 1}`,
    { unit: 'day', count: 1 },
  ],
  ['year,price', (index: number) => `${1800 + index},${index % 9}`, { unit: 'month', count: 12 }],
])('the moments of a series may lie in several columns: %s', async (names, moment, frequency) => {
  const rows = Array.from({ length: 120 }, (_, index) => `${moment(index)},${100 + (index % 7)}.5`);
  const file = put('parts.csv', `${names},sold\n${rows.join('\n')}\n`);
  const prepared = await prepare(file, { task: 'time_series_forecasting', target: 'sold', horizon: null });
  if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
  expect(prepared.sealed.schema).toMatchObject({ frequency });
  expect(prepared.sealed.schema.columns.find(({ role }) => role === 'series')).toBeUndefined();
  const [year, part, day] = names.split(',');
  const parts = { 'year,quarter': { quarter: part }, 'year,price': {} }[names] ?? { month: part, ...(day && { day }) };
  expect(prepared.sealed.schema.columns.find(({ role }) => role === 'time')).toMatchObject({
    name: year,
    written: { as: 'parts', ...parts, example: moment(0).split(',')[0] },
  });
});

test('shops and articles together tell series apart, the fewest columns that do', async () => {
  const rows = Array.from({ length: 60 }, (_, day) =>
    [1, 2, 3].flatMap((shop) =>
      ['tea', 'rice'].map((article) => {
        const date = new Date(Date.UTC(2023, 0, 1 + day)).toISOString().slice(0, 10);
        return `${date},${shop},${article},${day % 7},${shop * 10 + (day % 5)}`;
      }),
    ),
  ).flat();
  const file = put('panel.csv', `date,shop,article,weekday,sold\n${rows.join('\n')}\n`);
  const prepared = await prepare(file, { task: 'time_series_forecasting', target: 'sold', horizon: null });
  if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
  const roles = Object.fromEntries(prepared.sealed.schema.columns.map(({ name, role }) => [name, role]));
  expect(roles).toEqual({ date: 'time', shop: 'series', article: 'series', weekday: 'numeric', sold: 'target' });
  expect(prepared.sealed.schema.frequency).toEqual({ unit: 'day', count: 1 });
  const twice = put('twice.csv', `date,shop,article,weekday,sold\n${rows.join('\n')}\n2023-01-03,2,rice,2,99\n`);
  expect(await prepare(twice, { task: 'time_series_forecasting', target: 'sold', horizon: null })).toEqual({
    problems: [
      expect.objectContaining({
        message: expect.stringContaining(
          'even where shop and article are the same (1 in all, the first is 2023-01-03, 2, rice)',
        ),
      }),
    ],
  });
});

test.each([
  { series: 40, moments: 120, horizon: 3, each: 40, kept: 5 },
  { series: 40, moments: 140, horizon: 18, each: 90, kept: 2 },
  { series: 3, moments: 120, horizon: 3, each: 66, kept: 3 },
  { series: 1, moments: 500, horizon: 60, each: 300, kept: 1 },
])('of $series series the mini set has $kept, with moments enough for $horizon steps', async (given) => {
  const rows = Array.from({ length: given.series * given.moments }, (_, index) => {
    const [series, day] = [Math.floor(index / given.moments), index % given.moments];
    return `${new Date(Date.UTC(2023, 0, 1 + day)).toISOString().slice(0, 10)},s${series},${(index * 7) % 31}.5`;
  });
  const file = put(`many-${given.series}-${given.horizon}.csv`, `date,shop,sold\n${rows.join('\n')}\n`);
  const horizon = { value: given.horizon, unit: 'days' };
  const root = folder();
  const prepared = await prepare(file, { task: 'time_series_forecasting', target: 'sold', horizon, root });
  if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
  await writeMini(root, prepared.sealed.schema, 200, 42);
  const [, ...mini] = readFileSync(path.join(root, 'data/mini/data.csv'), 'utf8').trim().split('\n');
  const counts = Map.groupBy(mini, (row) => row.split(',')[2]);
  expect([...counts.values()].map((one) => one.length)).toEqual(Array(given.kept).fill(given.each));
  expect((await inspectMini(root, prepared.sealed.schema)).fromHoldout).toBe(0);
  const counted = { rows: given.kept * given.each, series: given.kept };
  expect(await countMini(root, prepared.sealed.schema)).toEqual(counted);
});

test('columns that tell rows apart, and no series, are no keys', async () => {
  const rows = Array.from({ length: 200 }, (_, index) => {
    const [day, nth] = [index % 20, Math.floor(index / 20)];
    const amount = (5 * day + 11 * Math.floor(nth / 3)) % 37;
    return `2023-01-${String(1 + day).padStart(2, '0')},kind ${nth % 3},${amount},${index}.5`;
  });
  const file = put('events.csv', `date,kind,amount,sold\n${rows.join('\n')}\n`);
  const prepared = await prepare(file, { task: 'time_series_forecasting', target: 'sold', horizon: null });
  expect(prepared).toMatchObject({ problems: [{ about: 'date', message: /the same time occurs in several rows/ }] });
});

test('a moment without its month is missing, and stops nothing', async () => {
  const month = (index: number) => (index === 7 || index === 30 ? 'NA' : (index % 12) + 1);
  const rows = Array.from({ length: 60 }, (_, index) => `${2000 + Math.floor(index / 12)},${month(index)},${index}.5`);
  const file = put('gap.csv', `year,month,sold\n${rows.join('\n')}\n`);
  const prepared = await prepare(file, { task: 'time_series_forecasting', target: 'sold', horizon: null });
  if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
  expect(prepared.sealed.schema.frequency).toEqual({ unit: 'month', count: 1 });
  expect(prepared.sealed.rows.full + prepared.sealed.rows.holdout).toBe(58);
});
