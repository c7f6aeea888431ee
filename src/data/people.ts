import { identifier, literal } from './duckdb.ts';
import type { Table } from './table.ts';

export type PeopleRules = { minimum: number; images: number; holdout: number };
type Problem = { about: string; message: string; zh: string };

/** Families that tell people apart by what lies in the target: people are split, not rows. */
export const splitsPeople = (task: string): boolean => task === 'face_verification';

/** Pictures as they count: one of each person's copies, and none that lies under two names. */
const pictures = (target: string): string => `
  SELECT min(row_id) AS row_id, person, count(*) AS copies FROM
  (SELECT row_id, ${identifier(target)} AS person, pixels, count(DISTINCT ${identifier(target)}) OVER (PARTITION BY pixels) AS names
   FROM given WHERE ${identifier(target)} IS NOT NULL)
  WHERE names = 1 GROUP BY person, pixels`;

/** Why the pictures cannot teach anybody to tell people apart; null where they can. */
export const fewPeople = async (
  { database }: Table,
  target: string,
  { minimum, images }: PeopleRules,
): Promise<Problem | null> => {
  const [[people, several, all]] = (await database.rows(
    `SELECT count(*)::INTEGER, count(*) FILTER (n >= ${images})::INTEGER, coalesce(sum(n), 0)::INTEGER
     FROM (SELECT person, count(*) AS n FROM (${pictures(target)}) GROUP BY person)`,
  )) as [[number, number, number]];
  if (several >= minimum) return null;
  const needed = {
    message: `at least ${minimum} people with ${images} different images each are needed, in one folder for each person`,
    zh: `至少需要 ${minimum} 个人，每人 ${images} 张不同的图片，每个人一个子文件夹`,
  };
  const found =
    people <= 1
      ? { message: `all ${all} images are of one person`, zh: `全部 ${all} 张图片都是同一个人` }
      : several === 0
        ? { message: `each of the ${people} people has one image only`, zh: `${people} 个人每人只有一张图片` }
        : {
            message: `of ${people} people only ${several} have ${images} or more different images`,
            zh: `${people} 个人中只有 ${several} 个人有 ${images} 张以上不同的图片`,
          };
  return { about: 'data', message: `${found.message}: ${needed.message}`, zh: `${found.zh}：${needed.zh}` };
};

/**
 * Places people: those of the hold-out are in no other part. Whoever has several pictures and whoever has one are
 * placed apart, so that both parts have genuine pairs. The order comes from a hash of name and seed.
 */
export const placeByPerson = async (
  { database }: Table,
  { target, share, seed, rules }: { target: string; share: number; seed: number; rules: PeopleRules },
): Promise<void> => {
  await database.run(`
    CREATE TABLE placed AS
    WITH pictures AS (${pictures(target)}),
    people AS (SELECT person, count(*) >= ${rules.images} AS several, md5(${literal(String(seed))} || person) AS key
               FROM pictures GROUP BY person),
    ranked AS (SELECT person, several, row_number() OVER (PARTITION BY several ORDER BY key, person) AS place,
                      count(*) OVER (PARTITION BY several) AS size, count(*) FILTER (several) OVER () AS known FROM people)
    SELECT row_id, copies, row_id AS position,
           CASE WHEN place <= round(size * least(${largestShare}, greatest(${share}, ${rules.holdout} / known)))
                THEN 'holdout' ELSE 'full' END AS part
    FROM pictures JOIN ranked USING (person)`);
};

/** Of the people, at most: the others have to teach. */
const largestShare = 0.4;

/** Whole people in the order of a hash, at most the given rows; of somebody with very many pictures a tenth of them. */
export const samplePeople = (
  source: string,
  { target, rows, seed }: { target: string; rows: number; seed: number },
): string => `
  WITH ranked AS (SELECT *, row_number() OVER (PARTITION BY ${identifier(target)} ORDER BY row_id::BIGINT) AS "\u0001p",
                         count(*) OVER () AS "\u0001t" FROM ${source}),
  kept AS (SELECT * EXCLUDE ("\u0001p", "\u0001t") FROM ranked
           WHERE "\u0001t" <= ${rows} OR "\u0001p" <= greatest(2, ${Math.floor(rows / 10)})),
  people AS (SELECT ${identifier(target)} AS "\u0001n", count(*) AS "\u0001c",
                    md5(${literal(String(seed))} || ${identifier(target)}) AS "\u0001h" FROM kept GROUP BY 1),
  summed AS (SELECT "\u0001n", sum("\u0001c") OVER (ORDER BY "\u0001c" < 2, "\u0001h") AS "\u0001s" FROM people)
  SELECT * FROM kept WHERE ${identifier(target)} IN (SELECT "\u0001n" FROM summed WHERE "\u0001s" <= ${rows})
  ORDER BY row_id::BIGINT`;
