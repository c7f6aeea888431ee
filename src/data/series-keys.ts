import { identifier } from './duckdb.ts';
import type { ColumnProfile } from './profile.ts';
import type { Table } from './table.ts';

/** Columns that may tell series apart together, and of how many at most one looks for such. */
const mostKeys = 3;
const triedColumns = 8;
/** A series has this many moments at least, in the mean: else the columns tell rows apart, and no series. */
const fewestMoments = 5;

/**
 * None: each time occurs once. Else the column with the fewest values that together with the time occurs once; where
 * none does, the fewest such columns, a shop and an article.
 */
export const findSeriesKeys = async (
  table: Table,
  profiles: ColumnProfile[],
  { time, target }: { time: string; target: string },
): Promise<string[] | Repeats> => {
  const all = table.columns.map(identifier).join(', ');
  const known = `try_cast(${identifier(time)} AS TIMESTAMP) IS NOT NULL`;
  await table.database.run(`CREATE OR REPLACE TABLE different AS SELECT DISTINCT ${all} FROM given WHERE ${known}`);
  const alone = await repeated(table, [time]);
  if (alone === 0) return [];
  const candidates = profiles
    .filter(
      ({ name, type, distinct, nested }) =>
        name !== time && name !== target && !nested && distinct > 1 && type !== 'date',
    )
    .filter(({ type, integers, distinct }) => distinct <= table.rows / fewestMoments && (type !== 'number' || integers))
    .sort((a, b) => a.distinct - b.distinct);
  const tried = candidates.slice(0, triedColumns);
  let best = { keys: [] as string[], left: alone };
  for (let keys = 1; keys <= mostKeys; keys++)
    for (const chosen of choices(keys === 1 ? candidates : tried, keys)) {
      const names = table.columns.filter((name) => chosen.some((column) => column.name === name));
      if (keys > 1 && (await groups(table, names)) > table.rows / fewestMoments) continue;
      const left = await repeated(table, [time, ...names]);
      if (left === 0) return names;
      if (left < best.left * telling) best = { keys: names, left };
    }
  return { keys: best.keys, ...(await placesOf(table, [time, ...best.keys])) };
};

/** Columns that leave fewer than this share of the repeated rows tell something apart. */
const telling = 0.2;

/** How often a time comes again although `keys` are the same, and where first. */
export type Repeats = { keys: string[]; places: number; example: string };

const placesOf = async (table: Table, columns: string[]): Promise<Omit<Repeats, 'keys'>> => {
  const names = columns.map(identifier).join(', ');
  const [[places, ...example]] = (await table.database.rows(`
    WITH many AS (${groupsOf(columns)} HAVING count(*) > 1)
    SELECT (SELECT count(*) FROM many)::INTEGER, ${names} FROM many ORDER BY ${names} LIMIT 1`)) as [
    [number, ...string[]],
  ];
  return { places, example: example.join(', ') };
};

/** All ways to choose so many columns, those with the fewest combinations of values first; each in the order given. */
const choices = (columns: ColumnProfile[], count: number): ColumnProfile[][] => {
  const chosen = (from: number, left: number): ColumnProfile[][] =>
    left === 0
      ? [[]]
      : columns.slice(from).flatMap((column, at) => chosen(from + at + 1, left - 1).map((rest) => [column, ...rest]));
  const combinations = (one: ColumnProfile[]) => one.reduce((product, { distinct }) => product * distinct, 1);
  return chosen(0, count).sort((a, b) => combinations(a) - combinations(b));
};

/** Rows whose values of the columns occur more than once; the very same row twice does not count. */
const repeated = async (table: Table, columns: string[]): Promise<number> => {
  const [[count]] = (await table.database.rows(
    `SELECT coalesce(sum(n - 1), 0)::INTEGER FROM (${groupsOf(columns)})`,
  )) as [[number]];
  return count;
};

const groups = async ({ database }: Table, columns: string[]): Promise<number> => {
  const [[count]] = (await database.rows(`SELECT count(*)::INTEGER FROM (${groupsOf(columns)})`)) as [[number]];
  return count;
};

const groupsOf = (columns: string[]): string => {
  const names = columns.map(identifier).join(', ');
  return `SELECT ${names}, count(*) AS n FROM different GROUP BY ${names}`;
};
