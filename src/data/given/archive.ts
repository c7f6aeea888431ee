import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { AppError, isDiskFull, messageOf } from '../../errors.ts';

export type ArchiveFormat = 'zip' | 'tar' | 'gzip';

/** What unpacked data may take at most, so that a small file cannot fill the disk. */
const largestBytes = 20e9;

/** By its name: an archive of several files, or one file that is only compressed. */
export const archiveFormat = (file: string): ArchiveFormat | null => {
  const name = file.toLowerCase();
  if (name.endsWith('.zip')) return 'zip';
  if (/\.(tar|tgz|tar\.gz)$/.test(name)) return 'tar';
  return name.endsWith('.gz') ? 'gzip' : null;
};

/** Unpacks into the folder, which is emptied first. Throws `data.unusable` where the archive is damaged or locked. */
export const unpackArchive = async (file: string, format: ArchiveFormat, folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    await unpackers[format](file, folder);
  } catch (error) {
    if (error instanceof AppError || isDiskFull(error)) throw error;
    throw new AppError('data.unusable', `${file} cannot be unpacked: ${messageOf(error)}`, {
      hint: 'The archive looks damaged or cut off. Pack it again, or give what lies in it.',
      cause: error,
    });
  }
};

const unpackers: Record<ArchiveFormat, (file: string, folder: string) => Promise<void>> = {
  gzip: async (file, folder) => {
    const target = path.join(folder, path.basename(file).slice(0, -'.gz'.length));
    await pipeline(createReadStream(file), createGunzip(), limited(file), createWriteStream(target));
  },
  tar: async (file, folder) => {
    const { extract } = await import('tar');
    let bytes = 0;
    const filter = (_: string, entry: { size?: number; type?: string }) => {
      bytes += entry.size ?? 0;
      if (bytes > largestBytes) throw tooLarge(file);
      return entry.type === undefined || /^(Old)?(File|Directory)$/.test(entry.type);
    };
    await extract({ file, cwd: folder, strict: true, preservePaths: false, noChmod: true, filter });
  },
  zip: async (file, folder) => {
    const { openPromise } = await import('yauzl');
    const archive = await openPromise(file, { autoClose: false });
    try {
      const entries: Entry[] = [];
      for await (const entry of archive.eachEntry()) entries.push(entry);
      if (entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0) > largestBytes) throw tooLarge(file);
      const names = namesOf(entries);
      for (const [index, entry] of entries.entries())
        await unpackEntry({ file, archive, folder }, { entry, name: names[index]! });
    } finally {
      archive.close();
    }
  },
};

type Unpacking = { file: string; archive: ZipFile; folder: string };

const unpackEntry = async (
  { file, archive, folder }: Unpacking,
  { entry, name }: { entry: Entry; name: string },
): Promise<void> => {
  if (name.endsWith('/') || /(^|\/)(__MACOSX\/|\.(?!\.))/.test(name)) return;
  // Names that lead out are refused by yauzl before they come here.
  const target = path.resolve(folder, name);
  if (entry.isEncrypted()) {
    throw new AppError('data.unusable', `${file} is locked with a password`, {
      hint: 'Pack it without a password, or give what lies in it.',
    });
  }
  await mkdir(path.dirname(target), { recursive: true });
  await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(target));
};

const utf8Flag = 0x800;

/** Archives made on Chinese Windows hold names in GB18030 and do not say so; all names of one are in one encoding. */
const namesOf = (entries: Entry[]): string[] => {
  const isUnnamed = ({ generalPurposeBitFlag }: Entry) => (generalPurposeBitFlag & utf8Flag) === 0;
  const unnamed = entries.filter(isUnnamed);
  const encoding = ['utf-8', 'gb18030'].find((one) =>
    unnamed.every((entry) => decode(entry.fileNameRaw, one) !== null),
  );
  return entries.map((entry) => {
    const decoded = isUnnamed(entry) && encoding ? decode(entry.fileNameRaw, encoding) : null;
    return decoded?.replaceAll('\\', '/') ?? entry.fileName;
  });
};

const decode = (bytes: Uint8Array, encoding: string): string | null => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
};

const limited = (file: string): Transform => {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      done(bytes > largestBytes ? tooLarge(file) : null, chunk);
    },
  });
};

const tooLarge = (file: string): AppError =>
  new AppError('data.unusable', `${file} holds more than ${largestBytes / 1e9} GB`, {
    hint: 'Unpack it yourself and give the path of the data.',
  });
