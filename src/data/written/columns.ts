import { wordsOf } from '../../brief/text/names.ts';
import { type Cell, type Database, identifier, literal } from '../duckdb.ts';
import { type DateStyle, dateStyle, decimalYear, unixTime, writtenDate } from './dates.ts';
import { missingWords } from './missing.ts';
import { numberStyle, writtenNumber } from './numbers.ts';

/**
 * How a column writes its numbers or dates, for whoever reads more of its fields. `parts`: a year, with the columns
 * beside it that hold month, quarter and day.
 */
export type WrittenForm =
  | { as: 'number'; decimal_comma: boolean; thousands_dot: boolean; unit: string | null }
  | { as: 'date'; day_first: boolean }
  | { as: 'unix_time' | 'decimal_year' }
  | { as: 'parts'; month?: string; quarter?: string; day?: string };

/** A column whose fields were brought to one form, with an example. */
export type Rewritten = {
  column: string;
  as: 'number' | 'date';
  form: WrittenForm;
  fields: number;
  example: { from: string; to: string };
};

/** A column is rewritten where at least this share of its fields can be read; the rest stays and counts as unreadable. */
const readableShare = 0.98;
const triedValues = 200;
const missing = new Set(missingWords);
const simple = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const isoDate = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:?\d{2})?)?$/;
/** Whether numbers of a column so called may be moments (years with decimals, seconds since 1970), and no durations. */
const isOfMoments = (column: string): boolean =>
  /(?:^| )(?:date|datetime|time|timestamp|epoch|ts|year|年份?)(?: |$)|(?:时间|日期|时间戳)$/.test(wordsOf(column)) &&
  !/(?:^| )(?:id|no|phone|model|birth|built|run|elapsed|duration|spent|taken|ms|ns|us|sec|seconds?|minutes?|hours?)(?: |$)|[（(]|耗时|用时|秒/.test(
    `${wordsOf(column)} ${column.toLowerCase().replaceAll(/[_-]/g, ' ')}`,
  );

/** A year and a half is an amount; moments that follow each other fall into several months. */
const fewestMonths = 4;
const monthsIn = (values: string[]): number => new Set(values.map((field) => decimalYear(field)?.slice(5, 7))).size;

const dateNames = /date|day|month|time|日期|时间|年月|月份/i;

/**
 * Numbers and dates as people write them become plain digits and ISO 8601 in table `given`. The user's file stays as
 * it is. Columns of plain numbers, plain dates and words are left alone.
 */
export const rewriteColumns = async (database: Database, columns: string[]): Promise<Rewritten[]> => {
  const done: Rewritten[] = [];
  for (const column of columns) {
    const reader = await readerOf(database, column);
    const rewritten = reader && (await rewrite(database, column, reader));
    if (rewritten) done.push(rewritten);
  }
  return done;
};

type Reader = { form: WrittenForm; read: (field: string) => string | null };

const readerOf = async (database: Database, column: string): Promise<Reader | null> => {
  const name = identifier(column);
  const values = (await frequent(database, name)).filter((field) => !missing.has(field.trim().toLowerCase()));
  if (values.length === 0) return null;
  const compactDates = dateNames.test(column) && values.every((field) => /^\s*(?:19|20)\d{6}\s*$/.test(field));
  const ofMoments = isOfMoments(column);
  if (ofMoments && share(values, decimalYear) === 1 && monthsIn(values) >= fewestMonths)
    return { form: { as: 'decimal_year' }, read: decimalYear };
  if (ofMoments && share(values, unixTime) === 1) return { form: { as: 'unix_time' }, read: unixTime };
  if (!compactDates && values.every((field) => simple.test(field))) return null;
  if (values.every((field) => isoDate.test(field.trim()))) return null;
  const dates: DateStyle = dateStyle(values);
  const asDate = (field: string) => writtenDate(field, dates);
  if (share(values, asDate) >= readableShare && !values.every((field) => asDate(field) === field)) {
    return { form: { as: 'date', day_first: dates.dayFirst }, read: asDate };
  }
  const style = numberStyle(values);
  const asNumber = (field: string) => {
    const value = writtenNumber(field, style);
    return value === null || !Number.isFinite(value) ? null : String(value);
  };
  if (share(values, asNumber) < readableShare) return null;
  return {
    form: {
      as: 'number',
      decimal_comma: style.decimalComma,
      thousands_dot: style.thousandsDot,
      unit: style.unit,
    },
    read: asNumber,
  };
};

const share = (values: string[], read: (field: string) => string | null): number =>
  values.filter((field) => read(field) !== null).length / values.length;

const frequent = async (database: Database, name: string): Promise<string[]> => {
  const rows = await database.rows(
    `SELECT ${name} FROM given WHERE ${name} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${triedValues}`,
  );
  return rows.map(([field]) => String(field));
};

const batch = 20_000;

/** Whether the rows that hold these fields are so few that the column counts as what the others are. */
const areFew = async (database: Database, name: string, fields: string[]): Promise<boolean> => {
  if (fields.length === 0) return true;
  const count = async (condition: string) => {
    const [[rows]] = (await database.rows(`SELECT count(*)::INTEGER FROM given WHERE ${condition}`)) as [[number]];
    return rows;
  };
  const most = (1 - readableShare) * (await count(`${name} IS NOT NULL`));
  return fields.length <= most && (await count(`${name} IN (${fields.map(literal).join(', ')})`)) <= most;
};

/** By a table of the different fields, so that each is read once. */
const rewrite = async (database: Database, column: string, { form, read }: Reader): Promise<Rewritten | null> => {
  const name = identifier(column);
  const different = await database.rows(`SELECT DISTINCT ${name} FROM given WHERE ${name} IS NOT NULL ORDER BY 1`);
  const all = different.map(([field]: Cell[]) => [String(field), read(String(field))] as const);
  const unread = all.filter(([field, value]) => value === null && !missing.has(field.trim().toLowerCase()));
  if (
    !(await areFew(
      database,
      name,
      unread.map(([field]) => field),
    ))
  )
    return null;
  // 1.0 is 1 however it is written.
  const isOwn = (field: string, value: string) =>
    value !== field && (form.as !== 'number' || !simple.test(field) || Number(field) !== Number(value));
  const pairs = all.filter((pair): pair is readonly [string, string] => pair[1] !== null && isOwn(pair[0], pair[1]));
  if (pairs.length === 0) return null;
  await database.run('CREATE OR REPLACE TABLE written (field VARCHAR, value VARCHAR)');
  for (let at = 0; at < pairs.length; at += batch) {
    const rows = pairs.slice(at, at + batch).map(([field, value]) => `(${literal(field)}, ${literal(value)})`);
    await database.run(`INSERT INTO written VALUES ${rows.join(', ')}`);
  }
  await database.run(`UPDATE given SET ${name} = written.value FROM written WHERE given.${name} = written.field`);
  await database.run('DROP TABLE written');
  const [from, to] = pairs.find(([field]) => !simple.test(field)) ?? pairs[0]!;
  const as = form.as === 'number' ? 'number' : 'date';
  return { column, as, form, fields: pairs.length, example: { from, to } };
};
