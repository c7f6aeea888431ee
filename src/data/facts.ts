import path from 'node:path';
import { identifier, literal, openDatabase } from './duckdb.ts';

/** Columns of data/full and the values of its target, read from the file itself. */
export const tableFacts = async (root: string, target: string): Promise<{ columns: string[]; classes: string[] }> => {
  const database = await openDatabase();
  const file = literal(path.join(root, 'data/full/data.csv'));
  try {
    await database.run(
      `CREATE VIEW v AS SELECT * FROM read_csv(${file}, header=true, delim=',', quote='"', escape='"', all_varchar=true, nullstr='')`,
    );
    const columns = (await database.rows('DESCRIBE v'))
      .map(([name]) => String(name))
      .filter((name) => name !== 'row_id');
    const classes = columns.includes(target)
      ? (await database.rows(`SELECT DISTINCT ${identifier(target)} FROM v ORDER BY 1`)).map(([label]) => String(label))
      : [];
    return { columns, classes };
  } finally {
    database.close();
  }
};
