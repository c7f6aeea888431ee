import { createWriteStream, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import iconv from 'iconv-lite';

/** One text a file, each in the folder of its class: `spam/12.txt`. `files` are paths in `folder`. */
export type Documents = { kind: 'documents'; folder: string; classes: string[]; files: string[] };

const leastOfClass = 2;

/** Parts of a data set, which are no classes. */
const part = /^(?:train(?:ing)?|test(?:ing)?|val(?:id(?:ation)?)?|dev|eval|holdout)$/i;

/** Null: the text files do not lie in two folders or more. */
export const findDocuments = (folder: string, files: string[]): Documents | null => {
  const texts = files.filter(
    (file) => path.extname(file).toLowerCase() === '.txt' && file.includes('/') && !part.test(classOf(file)),
  );
  const byClass = Map.groupBy(texts, classOf);
  const classes = [...byClass].filter(([, all]) => all.length >= leastOfClass).map(([name]) => name);
  return classes.length > 1 ? { kind: 'documents', folder, classes: classes.sort(), files: texts } : null;
};

const classOf = (file: string): string => path.basename(path.dirname(file));

/** Writes the texts as a table of `text` and `label`, a row for each file in the order of their names. */
export const writeDocuments = async (
  { folder, files }: Documents,
  target: string,
  encodingOf: (file: string) => Promise<string>,
): Promise<void> => {
  await mkdir(path.dirname(target), { recursive: true });
  const rows = async function* () {
    yield 'text,label\n';
    for (const name of files) {
      const file = path.join(folder, name);
      const content = readFileSync(file);
      const text = content.length === 0 ? '' : iconv.decode(content, await encodingOf(file)).trim();
      yield `${quoted(text)},${quoted(classOf(name))}\n`;
    }
  };
  await pipeline(rows, createWriteStream(target));
};

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
