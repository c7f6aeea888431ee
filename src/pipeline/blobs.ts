import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import canonicalize from 'canonicalize';
import { AppError } from '../errors.ts';
import { sha256, writeAtomically } from '../world/files.ts';

const folder = '.specwright/evidence';
/** Larger files (models, data) are recorded by hash only. */
const keptUpToBytes = 512 * 1024;

/** Stores a value as canonical JSON under its own hash. */
export const storeEvidence = async (root: string, value: unknown): Promise<string> => {
  const text = canonicalize(value) ?? 'null';
  const hash = sha256(text);
  const file = path.join(root, folder, `${hash}.json`);
  if (!existsSync(file)) await writeAtomically(file, text);
  return hash;
};

/** Reads evidence back; a blob that is not what its name says is a broken proof. */
export const loadEvidence = async (root: string, hash: string): Promise<unknown> => {
  const file = path.join(root, folder, `${hash}.json`);
  if (!existsSync(file)) throw new AppError('proof.broken', `evidence ${hash} is missing`);
  const text = await readFile(file, 'utf8');
  if (sha256(text) !== hash) throw new AppError('proof.broken', `evidence ${hash} was changed`);
  return JSON.parse(text);
};

const blobOf = (root: string, hash: string) => path.join(root, folder, hash.slice(0, 2), hash);

/** Keeps the content of small outputs, so that an interrupted stage can start from what it found. */
export const keepFiles = async (root: string, files: Record<string, string>): Promise<void> => {
  for (const [file, hash] of Object.entries(files)) {
    const blob = blobOf(root, hash);
    if (existsSync(blob) || statSync(path.join(root, file)).size > keptUpToBytes) continue;
    await writeAtomically(blob, await readFile(path.join(root, file)));
  }
};

export const keptFile = async (root: string, hash: string): Promise<Buffer | null> =>
  existsSync(blobOf(root, hash)) ? readFile(blobOf(root, hash)) : null;

/** Puts back what an interrupted stage had written: the last recorded content, or nothing where there was none. */
export const restoreFiles = async (
  root: string,
  written: Set<string> | undefined,
  recorded: Map<string, string>,
): Promise<void> => {
  for (const file of written ?? []) {
    const hash = recorded.get(file);
    const target = path.join(root, file);
    if (hash === undefined) {
      await rm(target, { force: true });
      continue;
    }
    const content = await keptFile(root, hash);
    if (!content) continue;
    await mkdir(path.dirname(target), { recursive: true });
    await writeAtomically(target, content);
  }
};
