import { identifier, literal } from './duckdb.ts';
import type { ColumnProfile } from './profile.ts';
import { findSeriesKeys, type Repeats } from './series-keys.ts';
import type { Table } from './table.ts';
import type { WrittenForm } from './written/columns.ts';

/** `weekday`: Monday to Friday, one after another. */
export type Frequency = { unit: 'second' | 'day' | 'weekday' | 'month'; count: number };

/** How rows follow one another in time. */
export type SeriesShape = {
  time: string;
  /** Columns that together tell several series apart; none: there is one series. */
  series: string[];
  frequency: Frequency;
  /** Steps after which a pattern repeats; 1: none. */
  season: number;
  /** Steps that a forecast looks ahead. */
  horizon: number;
  /** Moments farther from all others than these span, which are left out as mistakes. */
  strays: string[];
};

export type AskedHorizon = { value: number; unit: string | null };

export type SeriesProblem = { about: string; message: string; zh: string };

const day = 86_400;
const secondsIn: Record<string, number> = {
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: day,
  weeks: 7 * day,
  months: 30.4375 * day,
  quarters: 91.3125 * day,
  years: 365.25 * day,
};

/** The shape of the series in table `given`, or why there is none. */
export const describeSeries = async (
  table: Table,
  profiles: ColumnProfile[],
  target: string,
  asked: AskedHorizon | null,
): Promise<SeriesShape | SeriesProblem> => {
  const time = findTime(profiles, target);
  if (!time) return noTime;
  const name = identifier(time.name);
  if (time.type === 'number') {
    await joinParts(table, time, profiles);
    time.type = 'date';
  }
  const known = `try_cast(${name} AS TIMESTAMP)`;
  const strays = await leaveOutStrays(table, name, known);
  const series = await findSeriesKeys(table, profiles, { time: time.name, target });
  if (!Array.isArray(series)) return repeatedTimes(time.name, series);
  const frequency = await findFrequency(table, known, series);
  return {
    time: time.name,
    series,
    frequency,
    season: seasonOf(frequency),
    horizon: stepsOf(asked, frequency),
    strays,
  };
};

/** What a column beside the year holds, by its name and the numbers that it has. */
const parts = {
  month: { name: /^(?:month|mon|月份?)$/i, most: 12 },
  quarter: { name: /^(?:quarter|qtr|q|季度?)$/i, most: 4 },
  day: { name: /^(?:day|dayofmonth|dom|日|号)$/i, most: 31 },
};

/** The year becomes an ISO date by the month (or quarter) and day beside it; what is not there is the first. */
const joinParts = async (table: Table, year: ColumnProfile, profiles: ColumnProfile[]): Promise<void> => {
  const number = (column: ColumnProfile) => `try_cast(try_cast(trim(${identifier(column.name)}) AS DOUBLE) AS INTEGER)`;
  const part = ({ name, most }: (typeof parts)['month']) =>
    profiles.find(
      (column) =>
        name.test(column.name) &&
        column.type === 'number' &&
        column.integers &&
        column.min! >= 1 &&
        column.max! <= most,
    );
  const [month, quarter, day] = [part(parts.month), part(parts.quarter), part(parts.day)];
  const months = month ? number(month) : quarter ? `(3 * ${number(quarter)} - 2)` : '1';
  const days = month && day ? number(day) : '1';
  // Of a part that is missing the whole is.
  const date = `printf('%04d-%02d-%02d', ${number(year)}, ${months}, ${days})`;
  const name = identifier(year.name);
  const [[from, to]] = (await table.database.rows(
    `SELECT ${name}, ${date} FROM given WHERE ${date} IS NOT NULL ORDER BY row_id LIMIT 1`,
  )) as [[string, string]];
  await table.database.run(`UPDATE given SET ${name} = ${date}`);
  const form: WrittenForm = {
    as: 'parts',
    ...(month ? { month: month.name } : quarter ? { quarter: quarter.name } : {}),
    ...(month && day ? { day: day.name } : {}),
  };
  table.rewritten = table.rewritten.filter(({ column }) => column !== year.name);
  table.rewritten.push({ column: year.name, as: 'date', form, fields: table.rows, example: { from, to } });
};

const noTime: SeriesProblem = {
  about: 'data',
  message: 'no column holds dates or times: a forecast needs one row for each moment',
  zh: '没有日期或时间列：预测需要每个时刻一行',
};

const repeatedTimes = (time: string, { keys, places, example }: Repeats): SeriesProblem => {
  const by = keys.length > 0 ? `, even where ${keys.join(' and ')} are the same` : '';
  const inChinese = keys.length > 0 ? `（${keys.join('、')}也相同）` : '';
  return {
    about: time,
    message: `the same time occurs in several rows${by} (${places} in all, the first is ${example}). Merge or remove such rows, or add a column that tells the series apart`,
    zh: `同一时间有多行${inChinese}：共 ${places} 处，第一处是 ${example}。请合并或删除这样的行，或加上能区分各序列的列`,
  };
};

const strayShare = 0.01;

/** A year 2999 among days of 2023 is a slip of the pen: such rows lose their time, and so take no part. */
const leaveOutStrays = async ({ database }: Table, name: string, known: string): Promise<string[]> => {
  const [gap] = await database.rows(`
    WITH moments AS (SELECT DISTINCT ${known} AS t FROM given WHERE ${known} IS NOT NULL),
    placed AS (SELECT t, lag(t) OVER (ORDER BY t) AS before, row_number() OVER (ORDER BY t) - 1 AS earlier,
               count(*) OVER () AS n, min(t) OVER () AS first, max(t) OVER () AS last FROM moments)
    SELECT before::VARCHAR, t::VARCHAR, earlier::DOUBLE, (n - earlier)::DOUBLE, greatest(1, ${strayShare} * n)::DOUBLE
    FROM placed WHERE n >= 10 AND date_diff('second', before, t) > date_diff('second', first, last) / 2`);
  if (!gap) return [];
  const [before, after, earlier, later, few] = gap as [string, string, number, number, number];
  if (Math.min(earlier, later) > few) return [];
  const stray =
    earlier < later ? `${known} <= TIMESTAMP ${literal(before)}` : `${known} >= TIMESTAMP ${literal(after)}`;
  const strays = await database.rows(`SELECT DISTINCT ${name} FROM given WHERE ${stray} ORDER BY 1`);
  await database.run(`UPDATE given SET ${name} = NULL WHERE ${stray}`);
  return strays.map(([moment]) => String(moment));
};

/** The column of dates with the most different values; else a column of years. */
const findTime = (profiles: ColumnProfile[], target: string): ColumnProfile | undefined => {
  const others = profiles.filter(({ name }) => name !== target);
  const dates = others.filter(({ type }) => type === 'date').sort((a, b) => b.distinct - a.distinct);
  return (
    dates[0] ??
    others.find(
      ({ name, type, integers, min, max }) =>
        type === 'number' && integers && min! >= 1500 && max! <= 2200 && /year|年/i.test(name),
    )
  );
};

/** What a row's series is called. */
const nameOf = (series: string[]): string =>
  ["''", ...series.map((name) => `coalesce(${identifier(name)}, '')`)].join(` || '\u0002' || `);

/** The commonest step between neighbours of a series; the same day of a month, or its end, counts in months. */
const findFrequency = async ({ database }: Table, known: string, series: string[]): Promise<Frequency> => {
  const group = nameOf(series);
  const rows = await database.rows(`
    WITH times AS (SELECT DISTINCT ${group} AS s, ${known} AS t FROM given WHERE ${known} IS NOT NULL),
    steps AS (SELECT date_diff('second', lag(t) OVER (PARTITION BY s ORDER BY t), t) AS gap FROM times)
    SELECT gap::DOUBLE, count(*)::INTEGER FROM steps WHERE gap > 0 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`);
  const gap = Number(rows[0]?.[0] ?? day);
  const [[places]] = (await database.rows(`
    SELECT least(count(DISTINCT day(t)), count(DISTINCT day(t + INTERVAL 1 DAY)))::INTEGER
    FROM (SELECT ${known} AS t FROM given) WHERE t IS NOT NULL`)) as [[number]];
  if (places === 1 && gap >= 28 * day)
    return { unit: 'month', count: Math.max(1, Math.round(gap / secondsIn.months!)) };
  if (gap === day && (await onWeekdaysOnly(database, known))) return { unit: 'weekday', count: 1 };
  return gap % day === 0 ? { unit: 'day', count: gap / day } : { unit: 'second', count: gap };
};

/** Days of four weeks at least, none of them on a weekend: then weekends are no gaps. */
const onWeekdaysOnly = async (database: Table['database'], known: string): Promise<boolean> => {
  const [[days, weekends]] = (await database.rows(`
    SELECT count(DISTINCT t::DATE)::INTEGER, count(*) FILTER (isodow(t) > 5)::INTEGER
    FROM (SELECT ${known} AS t FROM given) WHERE t IS NOT NULL`)) as [[number, number]];
  return days >= 20 && weekends === 0;
};

const secondsOf = ({ unit, count }: Frequency): number =>
  count * { month: secondsIn.months!, weekday: (day * 7) / 5, day, second: 1 }[unit];

/** A year of months, a week of days, a year of weeks, a day of hours or minutes. */
const seasonOf = (frequency: Frequency): number => {
  const seconds = secondsOf(frequency);
  if (frequency.unit === 'weekday') return 5;
  if (frequency.unit === 'month') return 12 % frequency.count === 0 ? 12 / frequency.count : 1;
  if (seconds === day) return 7;
  if (seconds === 7 * day) return 52;
  return seconds < day && day % seconds === 0 ? day / seconds : 1;
};

const stepsOf = (asked: AskedHorizon | null, frequency: Frequency): number => {
  if (!asked) return 1;
  // "The next five days" of an exchange are five days on which it is open.
  if (frequency.unit === 'weekday' && asked.unit === 'days') return Math.max(1, asked.value);
  const seconds = secondsIn[asked.unit ?? ''];
  return Math.max(1, Math.round(seconds === undefined ? asked.value : (asked.value * seconds) / secondsOf(frequency)));
};

/**
 * Places rows by time: the last share of the moments is the hold-out, at least twice as long as a forecast looks
 * ahead. Of rows that are the same throughout, one stays. Rows without time or target take no part.
 */
export const placeByTime = async (
  { database, columns }: Table,
  { time, series, horizon }: SeriesShape,
  options: { value: string; share: number },
): Promise<void> => {
  const t = `try_cast(${identifier(time)} AS TIMESTAMP)`;
  const group = nameOf(series);
  await database.run(`
    CREATE TABLE dated AS
    SELECT min(row_id) AS row_id, any_value(${t}) AS t, any_value(${group}) AS s, count(*) AS copies
    FROM given WHERE ${t} IS NOT NULL AND ${options.value} IS NOT NULL
    GROUP BY ${columns.map(identifier).join(', ')}`);
  const [[moments]] = (await database.rows('SELECT count(DISTINCT t)::INTEGER FROM dated')) as [[number]];
  const held = Math.min(Math.floor(moments * 0.4), Math.max(Math.ceil(moments * options.share), 2 * horizon));
  await database.run(`
    CREATE TABLE placed AS
    WITH moments AS (SELECT t, row_number() OVER (ORDER BY t DESC) AS place FROM (SELECT DISTINCT t FROM dated))
    SELECT row_id, copies, row_number() OVER (ORDER BY s, t) AS position,
           CASE WHEN place <= ${literal(String(held))}::INTEGER THEN 'holdout' ELSE 'full' END AS part
    FROM dated JOIN moments USING (t)`);
};
