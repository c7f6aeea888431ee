import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import iconv from 'iconv-lite';
import { AppError } from '../../errors.ts';
import { listFiles } from '../../world/files.ts';
import { type ArchiveFormat, archiveFormat, unpackArchive } from './archive.ts';
import { type Documents, findDocuments, writeDocuments } from './documents.ts';
import { classesByName, type NamedBy } from './named-images.ts';
import { findParallelTexts, type ParallelTexts, writePairs } from './parallel-texts.ts';

export type Format = 'csv' | 'json' | 'parquet' | 'excel';
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030';
export type Source =
  /** `shown`: what a person gave, where the file is a list made from it. */
  | { kind: 'table'; file: string; format: Format; encoding: Encoding; bytes: number; shown?: string }
  /** `tables`: files beside the images, one of which may say what is on them. `shown`: the archive that held them. */
  | {
      kind: 'images';
      folder: string;
      classes: string[];
      files: string[];
      tables: string[];
      shown?: string;
      /** Their own names say what is on them, since they lie in one folder. */
      namedBy?: NamedBy;
    };
/** What a path is before anything is unpacked. */
/** Texts in files of their own, which become a table. */
type Texts = ParallelTexts | Documents;
export type Given = Source | Texts | { kind: 'archive'; file: string; format: ArchiveFormat };

const formats: Record<string, Format> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.tab': 'csv',
  '.data': 'csv',
  '.dat': 'csv',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
  '.parquet': 'parquet',
  '.xlsx': 'excel',
  '.xlsm': 'excel',
};
const imageSuffixes = new Set(['.png', '.jpg', '.jpeg', '.bmp', '.gif', '.webp', '.tif', '.tiff']);

/** The data that lie at the given path; an archive is unpacked in `scratch` first. */
export const openSource = async (given: string, scratch: string): Promise<Source> => {
  const found = await inspectSource(given);
  if (found.kind !== 'archive') return asSource(found, path.resolve(given), scratch);
  const folder = path.join(scratch, 'unpacked');
  await unpackArchive(found.file, found.format, folder);
  const inner = await inspectUnpacked(found.file, folder);
  return { ...(await asSource(inner, found.file, scratch)), shown: found.file };
};

/** Texts in files of their own become a table in `scratch`. */
const asSource = async (found: Source | Texts, given: string, scratch: string): Promise<Source> => {
  if (found.kind !== 'parallel' && found.kind !== 'documents') return found;
  const file = path.join(scratch, found.kind === 'parallel' ? 'pairs.csv' : 'texts.csv');
  await (found.kind === 'parallel'
    ? writePairs(found, file, detectEncoding)
    : writeDocuments(found, file, detectEncoding));
  return { ...(await inspectTable(file)), shown: given };
};

/** Errors name what the person gave, not where it was unpacked. */
const inspectUnpacked = async (file: string, folder: string): Promise<Source | Texts> => {
  try {
    return await inspectFolder(folder);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${file}: ${error.message.replaceAll(`${folder}/`, '').replace(folder, 'it')}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
};

/** What the given path is, before anything is unpacked or read as a table. */
export const inspectSource = async (given: string): Promise<Given> => {
  const file = path.resolve(given);
  if (!existsSync(file)) {
    throw new AppError('data.unusable', `No data at ${given}`, {
      hint: 'Give the path of an existing file or folder.',
    });
  }
  const info = statSync(file);
  if (info.isDirectory()) return inspectFolder(file);
  if (!info.isFile()) throw new AppError('data.unusable', `${given} is neither a file nor a folder`);
  const archive = archiveFormat(file);
  if (archive) return { kind: 'archive', file, format: archive };
  const table = parallelTo(file) ?? (await inspectTable(file));
  if (table.kind === 'parallel') return table;
  return namesImages(table) ? { ...imagesIn(path.dirname(file)), tables: [path.basename(file)] } : table;
};

/** A text whose other side lies beside it: `train.en`, where there is a `train.zh`. */
const parallelTo = (file: string): ParallelTexts | null => {
  if (isKnown(file)) return null;
  const stem = path.basename(file, path.extname(file));
  const beside = readdirSync(path.dirname(file)).filter((name) => path.basename(name, path.extname(name)) === stem);
  return findParallelTexts(path.dirname(file), beside, isKnown);
};

const isKnown = (file: string): boolean =>
  suffixOf(file) in formats || imageSuffixes.has(suffixOf(file)) || archiveFormat(file) !== null;

const namedImage = /[^\s,;"'|]+\.(?:png|jpe?g|bmp|gif|webp|tiff?)(?![a-z0-9])/gi;

/** Whether a table names images that lie beside it: then they are the data, and it says what is on them. */
const namesImages = ({ file, format, encoding }: Source & { kind: 'table' }): boolean => {
  if (format === 'parquet' || format === 'excel') return false;
  const named = new TextDecoder(encoding).decode(readHead(file, 65_536)).match(namedImage) ?? [];
  const folder = path.dirname(file);
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const places = [folder, ...below.slice(0, 50).map(({ name }) => path.join(folder, name))];
  return named.slice(0, 50).some((name) => places.some((place) => existsSync(path.join(place, name))));
};

/** A file as a table, whatever lies beside it. */
export const inspectTable = async (file: string): Promise<Source & { kind: 'table' }> => {
  const { size: bytes } = statSync(file);
  if (bytes === 0) {
    throw new AppError('data.unusable', `${file} is empty (0 bytes)`, { hint: 'Export the data again.' });
  }
  const format = formats[path.extname(file).toLowerCase()];
  if (!format) {
    throw new AppError('data.unusable', `${file}: files of type "${path.extname(file) || 'none'}" are not read`, {
      hint:
        path.extname(file).toLowerCase() === '.xls'
          ? 'Save it as .xlsx.'
          : `Give one of ${Object.keys(formats).join(' ')}, packed as .zip, .gz or .tar if you like.`,
    });
  }
  const encoding = format === 'parquet' || format === 'excel' ? 'utf-8' : await detectEncoding(file);
  return { kind: 'table', file, format, encoding, bytes };
};

/**
 * A folder holds images, one table, texts line by line in pairs of files, or a text a file in the folder of its class.
 * The class of an image is the name of the folder that holds it, unless one of the tables beside the images says what is on each of them; where all lie in one
 * folder, their own names may tell.
 */
const inspectFolder = async (folder: string): Promise<Source | Texts> => {
  const found = imagesIn(folder);
  const { files: images, tables } = found;
  if (images.some((file) => file.includes('/')) || (images.length > 0 && tables.length > 0)) return found;
  const named = images.length > 0 ? classesByName(images) : null;
  if (named) return { ...found, classes: named.classes, namedBy: named.by };
  const texts = images.length > 0 ? null : findParallelTexts(folder, textsIn(folder), isKnown);
  if (texts && tables.every((file) => texts.pairs.flat().includes(file))) return texts;
  const documents = images.length > 0 ? null : findDocuments(folder, textsIn(folder));
  if (documents && tables.every((file) => documents.files.includes(file))) return documents;
  if (tables.length === 1 && images.length === 0) return inspectTable(path.join(folder, tables[0]!));
  throw new AppError('data.unusable', `${folder} is a folder without images by class`, {
    hint:
      tables.length > 0
        ? `Give one of its files: ${tables.slice(0, 10).join(', ')}`
        : 'Give a table, or a folder that holds one folder of images or of texts (.txt) for each class or person, images called by class and number (cat_1.png), or images and a table that names them.',
  });
};

const textsIn = (folder: string): string[] =>
  listFiles(folder, isHidden).filter((file) => !explains.test(path.basename(file)));

const isHidden = (file: string): boolean => /^(\.|__MACOSX$)/.test(path.basename(file));

const imagesIn = (folder: string): Source & { kind: 'images' } => {
  const found = listFiles(folder, isHidden);
  const files = found.filter((file) => imageSuffixes.has(suffixOf(file)));
  const tables = found.filter((file) => formats[suffixOf(file)] && !explains.test(path.basename(file)));
  const folders = files.filter((file) => file.includes('/')).map((file) => path.basename(path.dirname(file)));
  return { kind: 'images', folder, classes: [...new Set(folders)].sort(), files, tables };
};

const suffixOf = (file: string): string => path.extname(file).toLowerCase();

/** Texts that lie beside data and are none. */
const explains = /^(read[-_ ]?me|licen[cs]e|copying|changelog|notes?|说明|自述)[^/]*\.txt$/i;

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
