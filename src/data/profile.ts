import type { Cell } from './duckdb.ts';
import { identifier } from './duckdb.ts';
import type { Table } from './table.ts';
import { missingWords } from './written/missing.ts';

export type ColumnType = 'number' | 'text' | 'boolean' | 'date';

/** What is known of a column: counts over all rows, at most 200 values by frequency. */
export type ColumnProfile = {
  name: string;
  type: ColumnType;
  distinct: number;
  /** Empty fields, and words such as NA in a column of numbers. */
  missing: number;
  /** The words among them, in small letters. */
  missingAs: string[];
  /** Fields of a number column that are no numbers and no word for missing: treated as missing, and told. */
  unreadable: number;
  min: number | null;
  max: number | null;
  meanLength: number;
  meanWords: number;
  integers: boolean;
  nested: boolean;
  values: string[];
};

/** A column counts as numbers where at least this share of its fields is; the rest is told as unreadable. */
const readableShare = 0.98;

export const missingList = missingWords.map((word) => `'${word}'`).join(', ');
export const datePattern =
  "'^\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}([ T]\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}:?\\d{2})?)?$'";

export const profileTable = async (table: Table): Promise<ColumnProfile[]> => {
  const profiles: ColumnProfile[] = [];
  for (const name of table.columns) profiles.push(await profileColumn(table, name));
  return profiles;
};

const profileColumn = async (table: Table, name: string): Promise<ColumnProfile> => {
  const column = identifier(name);
  const known = `(${column} IS NOT NULL AND lower(trim(${column})) NOT IN (${missingList}))`;
  const number = `try_cast(trim(${column}) AS DOUBLE)`;
  const [facts] = await table.database.rows(`
    SELECT count(DISTINCT ${column})::INTEGER,
           count(*) FILTER (${column} IS NULL)::INTEGER,
           count(*) FILTER (${known})::INTEGER,
           count(*) FILTER (${known} AND isfinite(${number}))::INTEGER,
           count(*) FILTER (${known} AND lower(trim(${column})) IN ('true', 'false'))::INTEGER,
           count(*) FILTER (${known} AND regexp_matches(trim(${column}), ${datePattern}))::INTEGER,
           min(${number}) FILTER (isfinite(${number})), max(${number}) FILTER (isfinite(${number})),
           avg(length(${column})), avg(len(string_split(trim(${column}), ' '))),
           count(*) FILTER (${known} AND isfinite(${number}) AND ${number} <> floor(${number}))::INTEGER,
           array_to_string(list_sort(list(DISTINCT lower(trim(${column}))) FILTER (${column} IS NOT NULL AND NOT ${known})), '\n')
    FROM given`);
  const [distinct, empty, present, numbers, truths, dates, min, max, meanLength, meanWords, fractions] = (facts ??
    []) as number[];
  const words = String(facts?.at(-1) ?? '').split('\n');
  const type = typeOf({ present: present!, numbers: numbers!, truths: truths!, dates: dates! });
  const values = await table.database.rows(
    `SELECT ${column} FROM given WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 200`,
  );
  const readable = { number: numbers!, date: dates!, boolean: truths!, text: table.rows - empty! }[type];
  return {
    name,
    type,
    distinct: distinct!,
    missing: table.rows - readable,
    missingAs: type === 'text' ? [] : words.filter(Boolean),
    unreadable: type === 'text' ? 0 : present! - readable,
    min: type === 'number' ? asNumber(min) : null,
    max: type === 'number' ? asNumber(max) : null,
    meanLength: asNumber(meanLength) ?? 0,
    meanWords: asNumber(meanWords) ?? 0,
    integers: type === 'number' && fractions === 0,
    nested: table.nested.has(name),
    values: values.map(([value]) => String(value)),
  };
};

const typeOf = (count: { present: number; numbers: number; truths: number; dates: number }): ColumnType => {
  if (count.present === 0) return 'text';
  if (count.truths === count.present) return 'boolean';
  if (count.numbers >= count.present * readableShare) return 'number';
  if (count.dates >= count.present * readableShare) return 'date';
  return 'text';
};

const asNumber = (value: Cell | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);
