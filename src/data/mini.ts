import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { identifier, literal, openDatabase } from './duckdb.ts';
import { samplePeople, splitsPeople } from './people.ts';
import type { DataSchema } from './schema.ts';

/**
 * Samples `data/mini` from `data/full`, so that no row of the hold-out can be in it: every class in its share and at
 * least twice where it has two rows; for a numeric target by tenths.
 */
export const writeMini = (
  root: string,
  schema: DataSchema,
  rows: number,
  seed: number,
  folder = path.join(root, 'data/mini'),
): Promise<void> => {
  const time = timeOf(schema);
  return time === undefined
    ? writeSample(root, schema, { folder, rows, seed })
    : writeFewSeries(root, schema, time, { folder, rows });
};

const timeOf = (schema: DataSchema) => schema.columns.find(({ role }) => role === 'time')?.name;

/** A stratified sample of `data/full` as `data.csv` in a folder; all of it where it has no more rows than asked. */
export const writeSample = async (
  root: string,
  schema: DataSchema,
  { folder, rows, seed }: { folder: string; rows: number; seed: number },
): Promise<void> => {
  const time = timeOf(schema);
  if (time !== undefined) return writeLatest(root, schema, time, { folder, rows });
  const database = await openDatabase();
  try {
    const full = csv(path.join(root, 'data/full/data.csv'));
    await mkdir(folder, { recursive: true });
    if (splitsPeople(schema.task)) {
      const sample = samplePeople(full, { target: schema.target, rows, seed });
      await database.run(
        `COPY (${sample}) TO ${literal(path.join(folder, 'data.csv'))} (HEADER, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`,
      );
      return;
    }
    const target = identifier(schema.target);
    const stratum = schema.classes ? target : `ntile(10) OVER (ORDER BY try_cast(${target} AS DOUBLE), row_id::BIGINT)`;
    await database.run(`
      COPY (
        WITH strata AS (SELECT *, ${stratum} AS "\u0001s", md5('${seed}' || row_id) AS "\u0001h" FROM ${full}),
        ranked AS (SELECT *, row_number() OVER (PARTITION BY "\u0001s" ORDER BY "\u0001h") AS "\u0001p",
                   count(*) OVER (PARTITION BY "\u0001s") AS "\u0001n", count(*) OVER () AS "\u0001t" FROM strata)
        SELECT * EXCLUDE ("\u0001s", "\u0001h", "\u0001p", "\u0001n", "\u0001t") FROM ranked
        WHERE "\u0001p" <= greatest(2, round("\u0001n" * least(1.0, ${rows} / "\u0001t"))) ORDER BY row_id::BIGINT)
      TO ${literal(path.join(folder, 'data.csv'))} (HEADER, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`);
  } finally {
    database.close();
  }
};

/** The same rows with the values of the target dealt out anew: whoever still predicts them has looked them up. */
export const shuffleTarget = async (
  file: string,
  { folder, target, seed }: { folder: string; target: string; seed: number },
): Promise<void> => {
  const database = await openDatabase();
  const name = identifier(target);
  try {
    await mkdir(folder, { recursive: true });
    await database.run(`
      COPY (
        WITH placed AS (SELECT *, row_number() OVER () AS "\u0001n" FROM ${csv(file)}),
        dealt AS (SELECT ${name} AS "\u0001v", row_number() OVER (ORDER BY md5('${seed}' || "\u0001n")) AS "\u0001n" FROM placed)
        SELECT placed.* EXCLUDE ("\u0001n") REPLACE (dealt."\u0001v" AS ${name}) FROM placed JOIN dealt USING ("\u0001n")
        ORDER BY "\u0001n")
      TO ${literal(path.join(folder, 'data.csv'))} (HEADER, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`);
  } finally {
    database.close();
  }
};

/** Moments of a series below which nothing could be tried on it, and the spans that a model must see, as forecasts are long. */
const fewestMoments = 40;
const fewestSpans = 5;

/** Of series, the latest moments of all of them, in their order. */
const writeLatest = (root: string, schema: DataSchema, time: string, place: Place): Promise<void> =>
  writeSeries(root, schema, time, { ...place, chosen: () => `"\u0001n" <= ${place.rows}` });

/** Of many series some, with enough moments each: the longest, two at least. */
const writeFewSeries = (root: string, schema: DataSchema, time: string, place: Place): Promise<void> =>
  writeSeries(root, schema, time, {
    ...place,
    chosen: (all) => {
      const each = Math.max(fewestMoments, fewestSpans * (schema.horizon ?? 1), Math.floor(place.rows / all));
      const most = Math.max(2, Math.floor(place.rows / each));
      return `"\u0001m" <= ${each} AND "\u0001k" IN (
        SELECT "\u0001k" FROM dated GROUP BY 1 ORDER BY least(count(*), ${each}) DESC, 1 LIMIT ${most})`;
    },
  });

type Place = { folder: string; rows: number };

const seriesColumns = (schema: DataSchema): string[] =>
  schema.columns.filter(({ role }) => role === 'series').map(({ name }) => identifier(name));

/** What a row's series is called; an empty field is a name like others. */
const seriesKey = (schema: DataSchema): string =>
  ["''", ...seriesColumns(schema).map((name) => `coalesce(${name}, '')`)].join(` || '\u0002' || `);

const writeSeries = async (
  root: string,
  schema: DataSchema,
  time: string,
  { folder, chosen }: Place & { chosen: (all: number) => string },
): Promise<void> => {
  const database = await openDatabase();
  const series = seriesColumns(schema);
  const key = seriesKey(schema);
  try {
    const full = csv(path.join(root, 'data/full/data.csv'));
    await mkdir(folder, { recursive: true });
    const [[all]] = (await database.rows(`SELECT count(DISTINCT ${key})::INTEGER FROM ${full}`)) as [[number]];
    await database.run(`
      COPY (
        WITH dated AS (SELECT *, row_number() OVER () AS "\u0001p", ${key} AS "\u0001k",
                       try_cast(${identifier(time)} AS TIMESTAMP) AS "\u0001t" FROM ${full}),
        latest AS (SELECT *, row_number() OVER (ORDER BY "\u0001t" DESC, "\u0001p") AS "\u0001n",
                   row_number() OVER (PARTITION BY "\u0001k" ORDER BY "\u0001t" DESC, "\u0001p") AS "\u0001m" FROM dated)
        SELECT * EXCLUDE ("\u0001p", "\u0001k", "\u0001t", "\u0001n", "\u0001m") FROM latest WHERE ${chosen(all)}
        ORDER BY ${[...series, '"\u0001t"'].join(', ')})
      TO ${literal(path.join(folder, 'data.csv'))} (HEADER, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`);
  } finally {
    database.close();
  }
};

export type MiniFacts = {
  rows: number;
  fullRows: number;
  fromHoldout: number;
  classes: { label: string; full: number; mini: number }[];
  target: { full: { mean: number; min: number; max: number }; mini: { mean: number; min: number; max: number } } | null;
};

/** Rows of `data/mini`, and of series how many; none where there is no such file yet. */
export const countMini = async (root: string, schema: DataSchema): Promise<{ rows: number; series: number }> => {
  const file = path.join(root, 'data/mini/data.csv');
  if (!existsSync(file)) return { rows: 0, series: 0 };
  const database = await openDatabase();
  try {
    const [[rows, series]] = (await database.rows(
      `SELECT count(*)::INTEGER, count(DISTINCT ${seriesKey(schema)})::INTEGER FROM ${csv(file)}`,
    )) as [[number, number]];
    return { rows, series };
  } finally {
    database.close();
  }
};

/** Looks at the files themselves: sizes, classes, and whether any row also lies in the hold-out. */
export const inspectMini = async (root: string, schema: DataSchema): Promise<MiniFacts> => {
  const database = await openDatabase();
  const part = (name: string) => csv(path.join(root, 'data', name, 'data.csv'));
  const target = identifier(schema.target);
  try {
    const [[rows, fullRows, fromHoldout]] = (await database.rows(`
      SELECT (SELECT count(*) FROM ${part('mini')})::INTEGER, (SELECT count(*) FROM ${part('full')})::INTEGER,
             (SELECT count(*) FROM ${part('mini')} WHERE row_id IN (SELECT row_id FROM ${part('holdout')}))::INTEGER
      `)) as [[number, number, number]];
    const classes =
      schema.classes || splitsPeople(schema.task)
        ? await database.rows(`
          SELECT f.label, f.n::INTEGER, coalesce(m.n, 0)::INTEGER FROM
          (SELECT ${target} AS label, count(*) AS n FROM ${part('full')} GROUP BY 1) f LEFT JOIN
          (SELECT ${target} AS label, count(*) AS n FROM ${part('mini')} GROUP BY 1) m USING (label) ${
            // Whole people were taken: those who were not have no part in it.
            splitsPeople(schema.task) ? 'WHERE m.n > 0' : ''
          } ORDER BY 1`)
        : [];
    const spread = async (name: string) => {
      const [[mean, min, max]] = (await database.rows(
        `SELECT avg(v), min(v), max(v) FROM (SELECT try_cast(${target} AS DOUBLE) AS v FROM ${part(name)})`,
      )) as [[number, number, number]];
      return { mean: Number(mean), min: Number(min), max: Number(max) };
    };
    return {
      rows,
      fullRows,
      fromHoldout,
      classes: classes.map(([label, full, mini]) => ({ label: String(label), full: Number(full), mini: Number(mini) })),
      target:
        schema.classes || splitsPeople(schema.task) ? null : { full: await spread('full'), mini: await spread('mini') },
    };
  } finally {
    database.close();
  }
};

const csv = (file: string): string =>
  `read_csv(${literal(file)}, header=true, delim=',', quote='"', escape='"', all_varchar=true, nullstr='')`;
