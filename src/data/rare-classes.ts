import { identifier, literal } from './duckdb.ts';
import type { Table } from './table.ts';

export type RareClass = { label: string; rows: number };

/** Together at most this share of the rows: leaving them out changes nothing that is measured. */
const largestShare = 0.01;

/**
 * Classes that are too rare to be learnt and to be judged, where they are a handful of rows beside others that are
 * not; none where they make up more of the data, which then is no small thing to leave out.
 */
export const rareClasses = async (
  { database }: Table,
  target: string,
  { minimum, holdoutShare }: { minimum: number; holdoutShare: number },
): Promise<RareClass[]> => {
  const counted = await database.rows(
    `SELECT ${identifier(target)}, count(*)::INTEGER FROM given WHERE ${identifier(target)} IS NOT NULL GROUP BY 1 ORDER BY 2, 1`,
  );
  const classes = counted.map(([label, rows]) => ({ label: String(label), rows: Number(rows) }));
  const rare = classes.filter(({ rows }) => rows - Math.max(1, Math.round(rows * holdoutShare)) < minimum);
  const sum = (list: RareClass[]) => list.reduce((total, { rows }) => total + rows, 0);
  return classes.length - rare.length >= 2 && sum(rare) <= largestShare * sum(classes) ? rare : [];
};

/** Their rows count as rows without a target from here on. */
export const leaveOut = async ({ database }: Table, target: string, rare: RareClass[]): Promise<void> => {
  const column = identifier(target);
  for (const { label } of rare)
    await database.run(`UPDATE given SET ${column} = NULL WHERE ${column} = ${literal(label)}`);
};
