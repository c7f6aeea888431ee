import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { AppError } from '../errors.ts';
import { sha256 } from '../world/files.ts';

export type Entry = { seq: number; time: string; kind: string; data: Record<string, unknown>; previous: string };

export type Journal = {
  entries: readonly Entry[];
  /** Appends; `durable` waits until the disk has it (stage borders). */
  append(kind: string, data: Record<string, unknown>, durable?: boolean): Entry;
  close(): void;
};

const genesis = '0'.repeat(64);
const headOf = (file: string) => `${file}.head`;

/**
 * Opens the journal for writing. Each line carries the hash of the line before; `.head` holds the hash of the last
 * line, so that a change in the last line or a cut-off tail shows as well. A line torn by a crash is dropped.
 */
export const openJournal = (file: string, now: () => Date): Journal => {
  mkdirSync(path.dirname(file), { recursive: true });
  dropTornLine(file);
  const entries = readJournal(file);
  let previous = entries.length === 0 ? genesis : lineHash(entries[entries.length - 1]!);
  const descriptor = openSync(file, 'a');
  const head = openSync(headOf(file), existsSync(headOf(file)) ? 'r+' : 'w+');
  return {
    entries,
    append(kind, data, durable = false) {
      const entry: Entry = { seq: entries.length, time: now().toISOString(), kind, data, previous };
      const line = JSON.stringify(entry);
      appendWhole(descriptor, `${line}\n`);
      previous = sha256(line);
      writeSync(head, `${String(entry.seq).padStart(12, '0')} ${previous}\n`, 0);
      if (durable) fsyncSync(descriptor);
      entries.push(JSON.parse(line) as Entry);
      return entry;
    },
    close() {
      fsyncSync(descriptor);
      closeSync(descriptor);
      closeSync(head);
    },
  };
};

/** A full disk takes the beginning of a line without a word: the rest must follow, or the line must go. */
const appendWhole = (descriptor: number, text: string): void => {
  const { size } = fstatSync(descriptor);
  try {
    writeFileSync(descriptor, text);
  } catch (error) {
    ftruncateSync(descriptor, size);
    throw error;
  }
};

/** All entries, after recomputing the chain; throws `proof.broken` with the line at the first mismatch. */
export const readJournal = (file: string): Entry[] => {
  if (!existsSync(file)) return [];
  // The head first: another program may append meanwhile, and what a head names was in the file before it.
  const head = existsSync(headOf(file)) ? readFileSync(headOf(file), 'utf8') : null;
  const content = readFileSync(file);
  const lines = content.toString('utf8').split('\n');
  lines.pop(); // what follows the last line break: empty, or a torn line
  let previous = genesis;
  const entries: Entry[] = [];
  const hashes: string[] = [];
  for (const [index, line] of lines.entries()) {
    const entry = parseLine(line, index);
    if (entry.previous !== previous) throw broken(index, 'does not follow from the line before');
    previous = sha256(line);
    hashes.push(previous);
    entries.push(entry);
  }
  checkHead(file, head, hashes);
  return entries;
};

const parseLine = (line: string, index: number): Entry => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw broken(index, 'is not JSON', error);
  }
  const entry = value as Entry;
  if (typeof entry !== 'object' || entry === null || entry.seq !== index) throw broken(index, 'has a wrong sequence');
  // The very bytes count: a change that JSON reads over (a space, an escape) would otherwise hide in the last line.
  if (JSON.stringify(entry) !== line) throw broken(index, 'is not written as the engine writes');
  return entry;
};

/** The head may lag behind (crash between two writes), but what it names must be in the chain. */
const checkHead = (file: string, head: string | null, hashes: string[]): void => {
  if (head === null) {
    if (hashes.length > 0) throw new AppError('proof.broken', `${headOf(file)} is missing`);
    return;
  }
  const match = /^(\d{12}) ([0-9a-f]{64})\n$/.exec(head);
  if (!match) {
    if (hashes.length === 0) return;
    throw new AppError('proof.broken', `${headOf(file)} is not readable as a journal head`);
  }
  const at = Number(match[1]);
  if (hashes[at] !== match[2]) throw broken(at, hashes.length <= at ? 'is missing' : 'differs from the journal head');
};

const lineHash = (entry: Entry): string => sha256(JSON.stringify(entry));

const broken = (index: number, what: string, cause?: unknown): AppError =>
  new AppError('proof.broken', `journal line ${index + 1} ${what}`, {
    cause,
    hint: 'The journal was changed after it was written; restore it from a backup or start a new project.',
  });

const dropTornLine = (file: string): void => {
  if (!existsSync(file)) {
    writeFileSync(file, '');
    return;
  }
  const content = readFileSync(file);
  const end = content.lastIndexOf(0x0a) + 1;
  if (end < content.length) truncateSync(file, end);
};
