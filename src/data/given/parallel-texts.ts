import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import iconv from 'iconv-lite';
import { AppError } from '../../errors.ts';

/** Texts of two kinds, line by line: `train.en` beside `train.zh`, `en.txt` beside `zh.txt`. `pairs` are paths in `folder`. */
export type ParallelTexts = { kind: 'parallel'; folder: string; names: [string, string]; pairs: [string, string][] };

type Two = { names: [string, string]; pair: [string, string] };

/** The suffix of a file may be its language: en, zh, yue, zh-CN. */
const language = /^\.(\p{L}{2,3}(?:[-_]\p{L}{2,4})?)$/u;

/** `isOther`: files of a kind of their own, which are no plain texts. Null: these files are not parallel texts. */
export const findParallelTexts = (
  folder: string,
  files: string[],
  isOther: (file: string) => boolean,
): ParallelTexts | null => {
  const bySuffix = files.filter((file) => !isOther(file) && language.test(path.extname(file)));
  const stems = [...new Set(bySuffix.map(stemOf))];
  const twos = stems.flatMap((stem) => twoOf(bySuffix.filter((file) => stemOf(file) === stem)) ?? []);
  const plain = files.filter((file) => path.extname(file).toLowerCase() === '.txt');
  const found = twos.length > 0 ? twos : (byFolder(plain) ?? byName(plain));
  const [first] = found;
  if (!first) return null;
  const same = found.filter(({ names }) => names.join() === first.names.join());
  return { kind: 'parallel', folder, names: first.names, pairs: same.map(({ pair }) => pair) };
};

const stemOf = (file: string): string => file.slice(0, -path.extname(file).length);

const twoOf = (files: string[]): Two | null => {
  const [one, two, more] = files;
  if (!one || !two || more) return null;
  return { names: [path.extname(one).slice(1), path.extname(two).slice(1)], pair: [one, two] };
};

/** What one side of a pair is called. */
const side =
  /^(?:[a-z]{2}(?:[-_](?:[a-z]{2}|hans?t?))?|yue|wyw|src|tgt|source|target|input|output|chinese|english|mandarin|cantonese|french|german|japanese|korean|spanish|russian|classical|modern|原文|译文|.{0,3}[文语话])$/i;

/** By what their names do not share: `train_en.txt` and `train_zh.txt` are en and zh. Other texts are tables or notes. */
const byName = (plain: string[]): Two[] => {
  if (plain.length !== 2) return [];
  const pair = plain as [string, string];
  const [one, two] = pair.map((file) => path.basename(file, path.extname(file))) as [string, string];
  const shared = [...one].findIndex((letter, index) => letter !== two[index]);
  const from = one.slice(0, Math.max(0, shared)).search(/[^._-]*$/);
  const names: [string, string] = [one.slice(from), two.slice(from)];
  return names.every((name) => side.test(name)) ? [{ names, pair }] : [];
};

/** `en/train.txt` beside `zh/train.txt`: two folders that hold texts of the same names. */
const byFolder = (plain: string[]): Two[] | null => {
  const folders = Map.groupBy(plain, (file) => path.dirname(file));
  const [one, two, more] = [...folders];
  if (!one || !two || more || ![one[0], two[0]].every((folder) => side.test(path.basename(folder)))) return null;
  const bases = ([, files]: [string, string[]]) => files.map((file) => path.basename(file)).sort();
  if (bases(one).join('/') !== bases(two).join('/')) return null;
  const names: [string, string] = [path.basename(one[0]), path.basename(two[0])];
  return bases(one).map((base) => ({ names, pair: [path.join(one[0], base), path.join(two[0], base)] }));
};

/**
 * Writes the lines that stand opposite each other as a table with a column for each side. Throws `data.unusable` where
 * two files have not the same number of lines. `encodingOf` says how a file is to be decoded.
 */
export const writePairs = async (
  { folder, names, pairs }: ParallelTexts,
  target: string,
  encodingOf: (file: string) => Promise<string>,
): Promise<void> => {
  await mkdir(path.dirname(target), { recursive: true });
  const rows = async function* () {
    yield rowOf(...names);
    for (const pair of pairs) {
      const sides = pair.map(async (name) => {
        const file = path.join(folder, name);
        return linesOf(file, await encodingOf(file));
      });
      yield* opposite(pair, (await Promise.all(sides)) as [Lines, Lines]);
    }
  };
  await pipeline(rows, createWriteStream(target));
};

type Lines = AsyncGenerator<string>;

/** Lines end with \n alone: other marks that some programs take for ends stand within texts. */
async function* linesOf(file: string, encoding: string): Lines {
  let rest = '';
  for await (const part of createReadStream(file).pipe(iconv.decodeStream(encoding))) {
    const lines = `${rest}${part}`.split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest !== '') yield rest.replace(/\r$/, '');
}

async function* opposite(pair: [string, string], [left, right]: [Lines, Lines]): AsyncGenerator<string> {
  const count: [number, number] = [0, 0];
  for (;;) {
    const [one, two] = await Promise.all([left.next(), right.next()]);
    if (!one.done) count[0]++;
    if (!two.done) count[1]++;
    if (one.done && two.done) break;
    if (!one.done && !two.done) yield rowOf(one.value, two.value);
  }
  if (count[0] !== count[1]) throw unequal(pair, count);
}

const rowOf = (one: string, two: string): string => `${quoted(one)},${quoted(two)}\n`;

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

const unequal = ([one, two]: [string, string], [left, right]: [number, number]): AppError =>
  new AppError(
    'data.unusable',
    `${one} has ${left} lines and ${two} has ${right}: they do not stand opposite each other`,
    {
      hint: 'Each line of one file must belong to the line of the same number in the other. Or give a table with both columns.',
    },
  );
