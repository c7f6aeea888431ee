import { closeSync, createReadStream, createWriteStream, existsSync, openSync, readSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import iconv from 'iconv-lite';
import { AppError } from '../errors.ts';
import { listFiles } from '../world/files.ts';

export type Format = 'csv' | 'json' | 'parquet' | 'excel';
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030';
export type Source =
  /** `shown`: what a person gave, where the file is a list made from it. */
  | { kind: 'table'; file: string; format: Format; encoding: Encoding; bytes: number; shown?: string }
  | { kind: 'images'; folder: string; classes: string[]; files: number };

const formats: Record<string, Format> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.tab': 'csv',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
  '.parquet': 'parquet',
  '.xlsx': 'excel',
  '.xlsm': 'excel',
};
const imageSuffixes = new Set(['.png', '.jpg', '.jpeg', '.bmp', '.gif', '.webp', '.tif', '.tiff']);

/** What the given path is, before anything is read as a table. */
export const inspectSource = async (given: string): Promise<Source> => {
  const file = path.resolve(given);
  if (!existsSync(file)) {
    throw new AppError('data.unusable', `No data at ${given}`, {
      hint: 'Give the path of an existing file or folder.',
    });
  }
  const info = statSync(file);
  if (info.isDirectory()) return inspectFolder(file);
  if (!info.isFile()) throw new AppError('data.unusable', `${given} is neither a file nor a folder`);
  if (info.size === 0) {
    throw new AppError('data.unusable', `${given} is empty (0 bytes)`, { hint: 'Export the data again.' });
  }
  const format = formats[path.extname(file).toLowerCase()];
  if (!format) {
    throw new AppError('data.unusable', `${given}: files of type "${path.extname(file) || 'none'}" are not read`, {
      hint:
        path.extname(file).toLowerCase() === '.xls'
          ? 'Save it as .xlsx.'
          : `Give one of ${Object.keys(formats).join(' ')}.`,
    });
  }
  const encoding = format === 'parquet' || format === 'excel' ? 'utf-8' : await detectEncoding(file);
  return { kind: 'table', file, format, encoding, bytes: info.size };
};

/** Images anywhere below the folder; the class of each is the name of the folder that holds it. */
const inspectFolder = (folder: string): Source => {
  const files = listFiles(folder, (file) => path.basename(file).startsWith('.'));
  const images = files.filter((file) => file.includes('/') && imageSuffixes.has(path.extname(file).toLowerCase()));
  if (images.length > 0) {
    const classes = [...new Set(images.map((file) => path.basename(path.dirname(file))))].sort();
    return { kind: 'images', folder, classes, files: images.length };
  }
  const tables = files.filter((file) => formats[path.extname(file).toLowerCase()]);
  throw new AppError('data.unusable', `${folder} is a folder without images by class`, {
    hint:
      tables.length > 0
        ? `Give one of its files: ${tables.slice(0, 10).join(', ')}`
        : 'Give a table, or a folder that holds one folder of images for each class or person.',
  });
};

/** UTF-8 where the whole file is valid, else by its byte order mark, else GB18030 where that decodes cleanly. */
const detectEncoding = async (file: string): Promise<Encoding> => {
  const head = readHead(file, 4096);
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head.includes(0)) throw notText(file, head.indexOf(0));
  if (await decodes(file, 'utf-8')) return 'utf-8';
  if (await decodes(file, 'gb18030')) return 'gb18030';
  throw new AppError('data.unusable', `${file} is neither UTF-8 nor GB18030 text`, {
    hint: 'Save the file as UTF-8.',
  });
};

const notText = (file: string, at: number): AppError =>
  new AppError('data.unusable', `${file} is no text: byte ${at} is zero`, {
    hint: 'The file looks binary. Export it as CSV, JSON or Parquet, and give it the right suffix.',
  });

const decodes = async (file: string, encoding: 'utf-8' | 'gb18030'): Promise<boolean> => {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      decoder.decode(chunk, { stream: true });
    }
    decoder.decode();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
};

const readHead = (file: string, bytes: number): Buffer => {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, 0));
  } finally {
    closeSync(descriptor);
  }
};

/** A path with UTF-8 content: the file itself, or a decoded copy in `scratch`. The source is never changed. */
export const asUtf8 = async (source: Source & { kind: 'table' }, scratch: string): Promise<string> => {
  if (source.encoding === 'utf-8') return source.file;
  await mkdir(scratch, { recursive: true });
  const copy = path.join(scratch, `utf8${path.extname(source.file).toLowerCase()}`);
  await pipeline(
    createReadStream(source.file),
    iconv.decodeStream(source.encoding),
    iconv.encodeStream('utf-8'),
    createWriteStream(copy),
  );
  return copy;
};
