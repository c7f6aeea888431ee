import { type Database, identifier, literal } from '../duckdb.ts';

/** Labels that differ only in case, width or white space, and the one that stands for them now. */
export type MergedLabels = { label: string; variants: string[] };

const same = (label: string): string => label.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();

/** Of several ways to write a label, the most frequent stands for all in table `given`. */
export const mergeLabels = async (database: Database, target: string): Promise<MergedLabels[]> => {
  const name = identifier(target);
  const rows = await database.rows(
    `SELECT ${name}, count(*)::INTEGER FROM given WHERE ${name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1`,
  );
  const groups = Map.groupBy(
    rows.map(([label]) => String(label)),
    same,
  );
  const merged: MergedLabels[] = [];
  for (const [key, labels] of groups) {
    const label = labels[0]!.trim().replaceAll(/\s+/g, ' ');
    const variants = labels.filter((one) => one !== label);
    if (key === '' || variants.length === 0) continue;
    const list = variants.map(literal).join(', ');
    await database.run(`UPDATE given SET ${name} = ${literal(label)} WHERE ${name} IN (${list})`);
    merged.push({ label, variants });
  }
  return merged;
};

/** The label that stands for a given one, whatever its case or white space. */
export const labelLike = (labels: string[], wanted: string | null): string | null =>
  wanted === null ? null : (labels.find((label) => same(label) === same(wanted)) ?? wanted);
