import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../world/files.ts';
import { identifier, literal } from './duckdb.ts';
import { type PeopleRules, placeByPerson, splitsPeople } from './people.ts';
import { type ColumnProfile, missingList } from './profile.ts';
import { contentColumns, type Role } from './roles.ts';
import type { DataSchema } from './schema.ts';
import { placeByTime, type SeriesShape } from './series.ts';
import type { Table } from './table.ts';
import type { Rewritten } from './written/columns.ts';
import { gradesOf } from './written/grades.ts';

export type SealOptions = {
  task: string;
  roles: Map<string, Role>;
  /** Of a forecasting task: rows are split by time. */
  series: SeriesShape | null;
  target: string;
  unit: string | null;
  positiveClass: string | null;
  /** What the brief says, where it may tell the order of classes. */
  brief: string;
  share: number;
  minimumRows: number;
  people: PeopleRules;
  seed: number;
};

export type Sealed = {
  schema: DataSchema;
  rows: { given: number; withoutTarget: number; full: number; holdout: number; copies: number };
  classes: { label: string; full: number; holdout: number }[];
};

/**
 * Splits once, before any model is tried: `data/holdout` is stratified by class, or by tenth of a numeric target.
 * Rows that are copies of each other stay on one side, unless a few columns of few values make equal rows likely. The order comes from a hash of content and seed, so that the
 * same data gives the same split on every machine.
 */
export const sealHoldout = async (
  table: Table,
  profiles: ColumnProfile[],
  root: string,
  options: SealOptions,
): Promise<Sealed> => {
  const labels = isClassification(options.task) ? await labelsOf(table, profiles, options) : null;
  const schema = schemaOf(profiles, table.rewritten, { ...options, labels });
  const value = cleaned(profiles.find(({ name }) => name === options.target)!);
  if (options.series) await placeByTime(table, options.series, { value, share: options.share });
  else if (splitsPeople(options.task)) await placeByPerson(table, { ...options, rules: options.people });
  else await split(table, profiles, options);
  for (const part of ['full', 'holdout'] as const) await writePart(table, profiles, root, part);
  await writeAtomically(path.join(root, 'data/schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
  const counts = await countRows(table);
  const classes = schema.classes ? await countClasses(table, options.target) : [];
  return { schema: { ...schema }, rows: counts, classes };
};

const schemaOf = (
  profiles: ColumnProfile[],
  rewritten: Rewritten[],
  { labels: classes, ...options }: SealOptions & { labels: string[] | null },
): DataSchema => {
  const grades = classes && gradedTasks.has(options.task) ? gradesOf(classes, options) : null;
  return {
    task: options.task,
    target: options.target,
    classes: grades ?? classes,
    ...(grades ? { ordered: true } : {}),
    positive_class: options.positiveClass,
    unit: options.unit,
    ...(options.series
      ? { horizon: options.series.horizon, season: options.series.season, frequency: options.series.frequency }
      : {}),
    columns: profiles.map((column) => {
      const role = options.roles.get(column.name)!;
      const own = rewritten.find((one) => one.column === column.name);
      return {
        name: column.name,
        ...role,
        missing: column.missing,
        ...(column.type === 'number' ? { min: column.min, max: column.max } : {}),
        ...(role.role === 'categorical' || role.role === 'boolean' ? { values: column.values } : {}),
        ...(own && own.as === column.type ? { written: { ...own.form, example: own.example.from } } : {}),
        ...(column.missingAs.length > 0 ? { missing_as: column.missingAs } : {}),
      };
    }),
  };
};

/** What is on a picture has no order. */
const gradedTasks = new Set(['tabular_classification', 'text_classification']);

const labelsOf = async (table: Table, profiles: ColumnProfile[], { target }: SealOptions): Promise<string[]> => {
  const value = cleaned(profiles.find(({ name }) => name === target)!);
  const rows = await table.database.rows(`SELECT DISTINCT ${value} AS label FROM given WHERE label IS NOT NULL`);
  return rows.map(([label]) => String(label)).sort();
};

export const isClassification = (task: string): boolean => task.endsWith('_classification');

/** A field as training reads it: numbers, dates and truth values that cannot be read are missing. */
const cleaned = (column: ColumnProfile): string => {
  const name = identifier(column.name);
  if (column.type === 'number') return `CASE WHEN isfinite(try_cast(trim(${name}) AS DOUBLE)) THEN trim(${name}) END`;
  if (column.type === 'text') return name;
  return `CASE WHEN lower(trim(${name})) NOT IN (${missingList}) THEN trim(${name}) END`;
};

const split = async (table: Table, profiles: ColumnProfile[], options: SealOptions): Promise<void> => {
  const target = profiles.find(({ name }) => name === options.target)!;
  const value = cleaned(target);
  const group = [...options.roles].find(([, { role }]) => role === 'group')?.[0];
  const stratum =
    group !== undefined
      ? '1'
      : isClassification(options.task)
        ? value
        : target.type === 'number'
          ? `ntile(10) OVER (ORDER BY try_cast(${value} AS DOUBLE), row_id)`
          : '1';
  const read = contentColumns(options.task, options.roles);
  const fields = profiles
    .filter(({ name }) => read === null || read.includes(name))
    .map(({ name }) => `coalesce(${read === null ? identifier(name) : `lower(trim(${identifier(name)}))`}, '\u0001')`);
  const content = `concat_ws('\u0002', ${fields.join(', ')})`;
  await table.database.run(`
    CREATE TABLE keyed AS
    SELECT row_id, ${stratum} AS stratum, md5(${literal(String(options.seed))} || ${group === undefined ? content : groupKey(group)}) AS content
    FROM given WHERE ${value} IS NOT NULL${read === null ? '' : ` AND coalesce(${read.map(identifier).join(', ')}) IS NOT NULL`}`);
  if (group === undefined && read === null && (await repeatsByChance(table, profiles)))
    await table.database.run(`UPDATE keyed SET content = md5(content || row_id)`);
  await table.database.run(`
    CREATE TABLE placed AS
    WITH ranked AS (
      SELECT *, row_number() OVER (PARTITION BY stratum ORDER BY content, row_id) AS place,
             count(*) OVER (PARTITION BY stratum) AS size FROM keyed),
    grouped AS (SELECT *, min(place) OVER (PARTITION BY content) AS first,
                count(*) OVER (PARTITION BY content) AS copies FROM ranked)
    SELECT row_id, ${group === undefined ? 'copies' : '1'} AS copies, row_id AS position,
           CASE WHEN size > 1 AND first <= greatest(1, round(size * ${holdoutShare(table.rows, options)}))
                THEN 'holdout' ELSE 'full' END AS part
    FROM grouped`);
};

/**
 * Whether equal rows are to be expected: a few columns of a few values each have fewer combinations than there are rows,
 * and two passengers who are alike are no copy of each other. Of n rows in k equally likely combinations,
 * n - k(1 - (1 - 1/k)^n) repeat another; where combinations are not equally likely, more do.
 */
const repeatsByChance = async ({ database }: Table, profiles: ColumnProfile[]): Promise<boolean> => {
  const [[rows, copies]] = (await database.rows(
    'SELECT count(*)::INTEGER, (count(*) - count(DISTINCT content))::INTEGER FROM keyed',
  )) as [[number, number]];
  const combinations = profiles.reduce((all, { distinct, missing }) => all * (distinct + (missing > 0 ? 1 : 0)), 1);
  const expected = rows + combinations * Math.expm1(rows * Math.log1p(-1 / Math.max(2, combinations)));
  return copies > 0 && expected >= copies / 2;
};

/** Rows without a group stand for themselves. */
const groupKey = (group: string): string => `coalesce('g' || trim(${identifier(group)}), 'r' || row_id::VARCHAR)`;

/** On little data a fixed share would leave a hold-out that can say nothing: raised, but never over two fifths. */
const holdoutShare = (rows: number, options: SealOptions): number =>
  Math.min(0.4, Math.max(options.share, options.minimumRows / rows));

const writePart = async (
  table: Table,
  profiles: ColumnProfile[],
  root: string,
  part: 'full' | 'holdout' | 'mini',
): Promise<void> => {
  const folder = path.join(root, 'data', part);
  await mkdir(folder, { recursive: true });
  const columns = profiles.map((column) => `${cleaned(column)} AS ${identifier(column.name)}`).join(', ');
  await table.database.run(`
    COPY (SELECT row_id, ${columns} FROM given JOIN placed USING (row_id) WHERE part = '${part}' ORDER BY position)
    TO ${literal(path.join(folder, 'data.csv'))} (HEADER, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`);
};

const countRows = async (table: Table): Promise<Sealed['rows']> => {
  const [[full, holdout, copies]] = (await table.database.rows(`
    SELECT count(*) FILTER (part = 'full')::INTEGER, count(*) FILTER (part = 'holdout')::INTEGER,
           count(*) FILTER (copies > 1)::INTEGER FROM placed`)) as [[number, number, number]];
  return { given: table.rows, withoutTarget: table.rows - full - holdout, full, holdout, copies };
};

const countClasses = async (table: Table, target: string): Promise<Sealed['classes']> => {
  const rows = await table.database.rows(`
    SELECT ${identifier(target)}, count(*) FILTER (part = 'full')::INTEGER,
           count(*) FILTER (part = 'holdout')::INTEGER
    FROM given JOIN placed USING (row_id) GROUP BY 1 ORDER BY 1`);
  return rows.map(([label, full, holdout]) => ({ label: String(label), full: Number(full), holdout: Number(holdout) }));
};
