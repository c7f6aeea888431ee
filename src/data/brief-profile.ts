import path from 'node:path';
import { identifier } from './duckdb.ts';
import { findImageLabels } from './given/image-labels.ts';
import { openSource } from './given/source.ts';
import { profileTable } from './profile.ts';
import { loadTable, type Table } from './table.ts';
import { mergeLabels } from './written/labels.ts';

/** What the reading of the brief may know of the data: names, types and a few examples, no statistics of models. */
export const profileSource = async (given: string, scratch: string) => {
  const source = await openSource(given, scratch);
  const fileName = path.basename(given);
  if (source.kind === 'table') {
    const { rows, columns } = await glance(await loadTable(source, scratch));
    return { kind: 'table' as const, fileName, rows, columns };
  }
  const labels = await findImageLabels(source, scratch);
  if (labels === null) {
    const sorted = source.files.filter((file) => file.includes('/'));
    return { kind: 'images' as const, fileName, rows: sorted.length, columns: [] };
  }
  const { columns } = await glance(labels.table);
  const own = columns.filter(({ name }) => labels.columns.includes(name));
  return { kind: 'images' as const, fileName, rows: labels.rows.size, columns: own };
};

/** Closes the table behind itself. */
const glance = async (table: Table) => {
  try {
    for (const name of table.columns) await mergeFewLabels(table, name);
    const columns = await profileTable(table);
    return {
      rows: table.rows,
      columns: columns
        .filter(({ nested }) => !nested)
        .map(({ name, type, distinct, missing, values, meanLength }) => ({
          name,
          type,
          distinct,
          missing,
          examples: values.slice(0, 5),
          meanLength,
          rewritten: table.rewritten.some(({ column }) => column === name),
        })),
    };
  } finally {
    table.database.close();
  }
};

/** More different values than this are no labels of a class. */
const fewLabels = 50;

const mergeFewLabels = async ({ database, nested }: Table, name: string): Promise<void> => {
  if (nested.has(name)) return;
  const [[distinct]] = (await database.rows(
    `SELECT approx_count_distinct(${identifier(name)})::INTEGER FROM given`,
  )) as [[number]];
  if (distinct <= fewLabels) await mergeLabels(database, name);
};
