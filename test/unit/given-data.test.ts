import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { profileSource } from '../../src/data/brief-profile.ts';
import { findImageLabels, withLabels } from '../../src/data/given/image-labels.ts';
import { openSource, type Source } from '../../src/data/given/source.ts';
import { loadTable } from '../../src/data/table.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures');
const folder = () => mkdtempSync(path.join(tmpdir(), 'given-'));
const put = (root: string, name: string, content: string | Buffer = 'x'): string => {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};

describe('packed data', () => {
  test('a compressed table is read, and called by the name that was given', async () => {
    const file = put(folder(), 'sales.csv.gz', gzipSync('a,b\n1,2\n3,4\n'));
    const source = await openSource(file, folder());
    expect(source).toMatchObject({ kind: 'table', format: 'csv', shown: file });
    const profile = await profileSource(file, folder());
    expect(profile).toMatchObject({ kind: 'table', fileName: 'sales.csv.gz', rows: 2 });
    expect(profile.columns.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('a zip of Chinese Windows gives its folders their own names, and leaves out what is no data', async () => {
    const source = await openSource(path.join(fixtures, 'pictures-gb18030.zip'), folder());
    expect(source).toMatchObject({ kind: 'images', classes: ['狗', '猫'], tables: [] });
    expect(source.kind === 'images' && source.files).toHaveLength(4);
  });

  test('a tar holds a table, in a folder of its own', async () => {
    const root = folder();
    put(root, 'export/table.json', '[{"a":1,"b":"x"},{"a":2,"b":"y"}]');
    put(root, 'export/README.txt', 'nothing');
    const file = path.join(root, 'export.tgz');
    execFileSync('tar', ['czf', file, '-C', root, 'export']);
    expect(await openSource(file, folder())).toMatchObject({ kind: 'table', format: 'json', shown: file });
  });

  test('an entry that leads out is refused, and nothing is written there', async () => {
    const scratch = folder();
    await expect(openSource(path.join(fixtures, 'leads-out.zip'), scratch)).rejects.toThrow(/\.\.\/outside\.csv/);
    expect(existsSync(path.join(scratch, 'outside.csv'))).toBe(false);
  });

  test.for([
    ['half.zip', readFileSync(path.join(fixtures, 'pictures-gb18030.zip')).subarray(0, 400)],
    ['half.csv.gz', gzipSync('a,b\n'.repeat(9999)).subarray(0, 40)],
    ['no.tar', Buffer.from('this is no archive'.repeat(99))],
  ] as const)('%s is called damaged', async ([name, content]) => {
    const file = put(folder(), name, content);
    await expect(openSource(file, folder())).rejects.toMatchObject({
      code: 'data.unusable',
      message: expect.stringContaining(file),
    });
  });

  test('several tables in one archive are named', async () => {
    const root = folder();
    put(root, 'x/a.csv', 'a,b\n1,2\n');
    put(root, 'x/b.csv', 'a,b\n1,2\n');
    const file = path.join(root, 'x.tar.gz');
    execFileSync('tar', ['czf', file, '-C', root, 'x']);
    await expect(openSource(file, folder())).rejects.toMatchObject({
      hint: expect.stringContaining('x/a.csv, x/b.csv'),
    });
  });
});

const labelled = (table: string, names = ['one', 'two', 'three', 'four']) => {
  const root = folder();
  for (const name of names) put(root, `pictures/${name}.png`);
  return { root, table: put(root, 'labels.csv', table) };
};

describe('images that a table names', () => {
  const table =
    'file,shape,by\none.png,circle,ann\nC:\\old\\two.PNG,square,bob\nthree,circle,ann\nfive.png,square,bob\nfour.png,square,bob\n';

  test('the brief reads the columns of the table, whether it or its folder was given', async () => {
    const given = labelled(table);
    for (const data of [given.root, given.table]) {
      const profile = await profileSource(data, folder());
      expect(profile).toMatchObject({ kind: 'images', rows: 4 });
      expect(profile.columns.map(({ name }) => name)).toEqual(['shape', 'by']);
    }
  });

  test('each listed image gets its row; rows without an image are counted', async () => {
    const { root } = labelled(table);
    const scratch = folder();
    const source = await openSource(root, scratch);
    const labels = source.kind === 'images' ? await findImageLabels(source, scratch) : null;
    expect(labels).toMatchObject({
      file: 'labels.csv',
      names: 'file',
      columns: ['shape', 'by'],
      missing: 1,
      repeated: 0,
    });
    const names = ['four', 'one', 'stray', 'three', 'two'].map((name) => `pictures/${name}.png,8,8,3,${name},pictures`);
    const listing = put(scratch, 'images.csv', `image,width,height,channels,pixels,folder\n${names.join('\n')}\n`);
    const written = readFileSync(await withLabels(listing, labels!, scratch), 'utf8')
      .trim()
      .split('\n');
    labels!.table.database.close();
    expect(written[0]).toBe('image,width,height,channels,pixels,folder,shape,by');
    expect(written.slice(1).map((line) => line.split(',').slice(6).join(' '))).toEqual([
      'square bob',
      'circle ann',
      ' ',
      'circle ann',
      'square bob',
    ]);
  });

  test('a table that names no image of the folder leaves the classes to the folders', async () => {
    const root = folder();
    for (const name of ['cat/1.png', 'dog/2.png']) put(root, name);
    put(root, 'shops.csv', 'shop,city\nA,X\nB,Y\n');
    expect(await profileSource(root, folder())).toMatchObject({ kind: 'images', rows: 2, columns: [] });
  });

  test('a list of the classes beside their folders is no table, and does no harm', async () => {
    const root = folder();
    for (const name of ['cat/1.png', 'dog/2.png']) put(root, name);
    put(root, 'classes.txt', 'cat\ndog\n');
    put(root, 'empty.csv', '');
    expect(await profileSource(root, folder())).toMatchObject({ kind: 'images', rows: 2, columns: [] });
  });

  test('a table of which a few cells happen to be called like an image speaks of something else', async () => {
    const root = folder();
    for (const name of ['cat/1.png', 'dog/2.png']) put(root, name);
    put(root, 'shops.csv', 'shop,staff\nA,1\nB,7\nC,9\nD,12\n');
    expect(await profileSource(root, folder())).toMatchObject({ kind: 'images', rows: 2, columns: [] });
  });
});

describe('texts line by line in two files', () => {
  const pairs = async (given: string) => {
    const source = await openSource(given, folder());
    expect(source).toMatchObject({ kind: 'table', format: 'csv' });
    return source.kind === 'table' ? readFileSync(source.file, 'utf8') : '';
  };
  const lines = 'Good day\nShe said "no", then left\n';

  test('by their suffixes, several parts after each other, with what is no pair left alone', async () => {
    const root = folder();
    put(root, 'train.en', lines);
    put(root, 'train.zh', '你好\r\n她说“不”，然后走了\r\n');
    put(root, 'valid.en', 'Yes');
    put(root, 'valid.zh', '是');
    put(root, 'README.txt', 'words');
    const table = 'en,zh\n"Good day","你好"\n"She said ""no"", then left","她说“不”，然后走了"\n"Yes","是"\n';
    expect((await pairs(root)).replace('"en","zh"', 'en,zh')).toBe(table);
    expect((await pairs(path.join(root, 'train.en'))).split('\n')).toHaveLength(4);
  });

  test('by two text files, in GB18030, in an archive', async () => {
    const root = folder();
    put(root, 'pair_yue.txt', Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x0a]));
    put(root, 'pair_zh.txt', '你好\n');
    const file = path.join(folder(), 'pairs.tar');
    execFileSync('tar', ['cf', file, '-C', root, '.']);
    expect(await pairs(file)).toBe('"yue","zh"\n"你好","你好"\n');
  });

  test('by two folders that are called like their sides', async () => {
    const root = folder();
    for (const part of ['train', 'test']) {
      put(root, `en/${part}.txt`, `${part} day\u2028and night\n`);
      put(root, `zh/${part}.txt`, '日夜\n');
    }
    expect(await pairs(root)).toBe('"en","zh"\n"test day\u2028and night","日夜"\n"train day\u2028and night","日夜"\n');
  });

  test('are no pairs where two text files are called otherwise', async () => {
    const root = folder();
    put(root, 'train.txt', 'a\tb\n1\t2\n');
    put(root, 'test.txt', 'a\tb\n3\t4\n');
    await expect(openSource(root, folder())).rejects.toThrow(/folder without images by class/);
  });

  test('of different lengths are refused with both numbers', async () => {
    const root = folder();
    put(root, 'a.en', lines);
    put(root, 'a.de', 'Guten Tag\n');
    await expect(openSource(root, folder())).rejects.toThrow(/a\.de has 1 lines and a\.en has 2/);
  });
});

test('a text a file in the folder of its class', async () => {
  const root = folder();
  for (let index = 0; index < 6; index++) {
    const kind = index % 2 ? 'pos' : 'neg';
    put(root, `${index < 4 ? 'train' : 'test'}/${kind}/${index}.txt`, `Line "${index}"\nand more\n`);
  }
  put(root, 'train/pos/gb.txt', Buffer.from([0xc4, 0xe3, 0xba, 0xc3]));
  put(root, 'README.txt', 'words');
  const profile = await profileSource(root, folder());
  expect(profile.columns.map(({ name }) => name)).toEqual(['text', 'label']);
  expect(profile.rows).toBe(7);
  const source = await openSource(root, folder());
  const table = source.kind === 'table' ? readFileSync(source.file, 'utf8') : '';
  expect(table).toContain('"Line ""1""\nand more","pos"\n');
  expect(table).toContain('"你好","pos"\n');
});

describe('pictures in one folder', () => {
  const openFolder = (names: string[]) => {
    const root = folder();
    for (const name of names) put(root, name);
    return openSource(root, folder());
  };
  const times = (count: number, name: (number: number) => string) =>
    Array.from({ length: count }, (_, index) => name(index + 1));

  test.each([
    ['before its number', times(9, (n) => `${n % 2 ? 'cat' : 'dog'}.${n}.jpg`), 'prefix', ['cat', 'dog']],
    ['of two words', times(9, (n) => `${n % 2 ? 'Ann_Lee' : 'Bo-2'}_000${n}.png`), 'prefix', ['Ann_Lee', 'Bo-2']],
    ['behind its number', times(9, (n) => `00${n}_${n % 2 ? '猫' : '狗'}.png`), 'suffix', ['狗', '猫']],
  ])('are what their names say %s', async (_, names, namedBy, classes) => {
    expect(await openFolder(names)).toMatchObject({ kind: 'images', namedBy, classes });
  });

  test.each([
    ['count them', times(9, (n) => `IMG_${n}.jpg`)],
    ['are of two cameras', times(9, (n) => `${n % 2 ? 'IMG' : 'DSC'}_00${n}.jpg`)],
    ['are dates and times', times(9, (n) => `2021050${n % 3}_12340${n}.jpg`)],
    ['are those of a program', times(9, (n) => `IMG-2021050${n % 3}-WA000${n}.jpg`)],
  ])('have no classes where their names %s', async (_, names) => {
    await expect(openFolder(names)).rejects.toThrow(/folder without images by class/);
  });
});

describe('a table without header', () => {
  const columns = async (name: string, content: string) =>
    (await profileSource(put(folder(), name, content), folder())).columns;

  test('of words that come again below, in a file of the type .data', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, n) => `${n % 3 ? 'vhigh' : 'low'},${n % 4 ? 'vhigh' : 'med'},small,${n % 5 ? 'unacc' : 'acc'}`,
    );
    const found = await columns('car.data', `${rows.slice(1).join('\n')}\n`);
    expect(found.map(({ name }) => name)).toEqual(['column1', 'column2', 'column3', 'column4']);
  });

  test('is not one whose header comes again as a whole, or whose columns have their name as the only value', async () => {
    const rows = Array.from({ length: 30 }, (_, n) => `o${n},${n % 2 ? 'pen' : 'cup'}`);
    const joined = `order,product\n${rows.join('\n')}\norder,product\n${rows.join('\n')}\norder,product\n`;
    const file = put(folder(), 'joined.csv', joined);
    const profile = await profileSource(file, folder());
    expect([profile.rows, profile.columns.map(({ name }) => name)]).toEqual([60, ['order', 'product']]);
    const ticked = Array.from({ length: 30 }, (_, n) => `${n % 2 ? 'red' : ''},${n % 3 ? 'blue' : ''}`);
    expect((await columns('ticked.csv', `red,blue\n${ticked.join('\n')}\n`)).map(({ name }) => name)).toEqual([
      'red',
      'blue',
    ]);
  });

  test('of a label and a text', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, n) => `${n % 3 ? 'ham' : 'spam'}\tMessage ${'word '.repeat((n % 4) + 2)}${n}`,
    );
    expect((await columns('sms.txt', `${rows.join('\n')}\n`)).map(({ name }) => name)).toEqual(['column1', 'column2']);
    const named = await columns('named.txt', `kind\tmessage\n${rows.join('\n')}\n`);
    expect(named.map(({ name }) => name)).toEqual(['kind', 'message']);
  });
});

test('objects within rows give their fields as columns, with the whole path where a name is there twice', async () => {
  const rows = Array.from({ length: 5 }, (_, n) =>
    JSON.stringify({
      id: `a${n}`,
      who: { age: n, home: { city: 'X', id: n } },
      tags: ['a'],
      text: { en: `w${n}`, zh: '词' },
    }),
  );
  const file = put(folder(), 'rows.jsonl', `${rows.join('\n')}\n`);
  const { columns } = await profileSource(file, folder());
  expect(columns.map(({ name }) => name)).toEqual(['id', 'age', 'city', 'who.home.id', 'en', 'zh']);
});

test('an object may be called like anything, and no two columns get one name', async () => {
  const rows = Array.from({ length: 4 }, (_, n) =>
    JSON.stringify({ id: `art${n}`, source: { id: `src${n}`, name: 'Paper' }, 'a.b': n, a: { b: -n }, b: 9 }),
  );
  const source = await openSource(put(folder(), 'news.jsonl', `${rows.join('\n')}\n`), folder());
  const table = await loadTable(source as Source & { kind: 'table' }, folder());
  try {
    expect(table.columns).toEqual(['id', 'source.id', 'name', 'a.b', 'a.b_2', 'b']);
    const [first] = await table.database.rows('SELECT "source.id", "a.b", "a.b_2" FROM given WHERE row_id = 2');
    expect(first).toEqual(['src2', '2', '-2']);
  } finally {
    table.database.close();
  }
});
