import { readFileSync } from 'node:fs';
import path from 'node:path';
import { literal, openDatabase } from '../../data/duckdb.ts';
import { AppError, messageOf } from '../../errors.ts';

export type Row = Record<string, unknown>;

/** The rows of a CSV file by its header, all as text; or of a file of JSON lines. A torn last line is left out. */
export const readRows = async (file: string): Promise<Row[]> =>
  path.extname(file).toLowerCase() === '.csv' ? fromCsv(file) : fromLines(file);

const fromCsv = async (file: string): Promise<Row[]> => {
  const database = await openDatabase();
  try {
    const source = `read_csv(${literal(file)}, header = true, all_varchar = true)`;
    const names = (await database.rows(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${source})`)).map(String);
    const rows = await database.rows(`SELECT * FROM ${source}`);
    return rows.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index]])));
  } finally {
    database.close();
  }
};

const fromLines = (file: string): Row[] => {
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n');
  // The service may be writing the last line just now.
  const whole = text.endsWith('\n') ? lines : lines.slice(0, -1);
  return whole.flatMap((line, index) => (line.trim() === '' ? [] : [parsedLine(line, `${file}:${index + 1}`)]));
};

const parsedLine = (line: string, place: string): Row => {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  } catch (cause) {
    throw new AppError('input.invalid', `${place}: ${messageOf(cause)}`, {
      cause,
      hint: 'Each line is a JSON object.',
    });
  }
  throw new AppError('input.invalid', `${place}: no JSON object`, { hint: 'Each line is a JSON object.' });
};
