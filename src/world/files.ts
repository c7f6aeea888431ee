import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Up to this size a file is hashed in one piece: a stream for each of many small files costs more than the hashing. */
const oneReadBytes = 4 << 20;

export const sha256File = async (file: string): Promise<string> => {
  if (statSync(file).size <= oneReadBytes) return sha256(readFileSync(file));
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
};

/** Writes beside the target and renames, so that a reader or a crash never meets half a file. */
export const writeAtomically = async (file: string, content: string | Uint8Array): Promise<void> => {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

const halfWritten = /\.[0-9a-f]{8}\.tmp$/;

/** Removes what writes left that were killed before their rename; only the holder of a project's lock may do so. */
export const removeHalfWritten = async (folder: string, skip: (relative: string) => boolean): Promise<void> => {
  for (const file of listFiles(folder, skip)) {
    if (halfWritten.test(file)) await rm(path.join(folder, file), { force: true });
  }
};

/** Files below a folder, relative, sorted; `skip` sees each relative path, folders included. Links are not followed. */
export const listFiles = (folder: string, skip: (relative: string) => boolean = () => false): string[] => {
  const found: string[] = [];
  const visit = (relative: string) => {
    for (const entry of readdirSync(path.join(folder, relative), { withFileTypes: true })) {
      const child = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (skip(child)) continue;
      if (entry.isDirectory()) visit(child);
      else found.push(child);
    }
  };
  if (existsSync(folder)) visit('');
  return found.sort();
};

export const readText = (file: string): string => readFileSync(file, 'utf8');

export const readJson = (file: string): unknown => JSON.parse(readText(file));

export const isFolder = (file: string): boolean => existsSync(file) && lstatSync(file).isDirectory();

/** True where `inner` is `outer` or lies below it. */
export const isInside = (inner: string, outer: string): boolean => {
  const relative = path.relative(outer, inner);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
};
