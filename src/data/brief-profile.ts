import path from 'node:path';
import { identifier } from './duckdb.ts';
import { profileTable } from './profile.ts';
import { inspectSource } from './source.ts';
import { loadTable, type Table } from './table.ts';
import { mergeLabels } from './written/labels.ts';

/** What the reading of the brief may know of the data: names, types and a few examples, no statistics of models. */
export const profileSource = async (given: string, scratch: string) => {
  const source = await inspectSource(given);
  if (source.kind === 'images') {
    return { kind: 'images' as const, fileName: path.basename(source.folder), rows: source.files, columns: [] };
  }
  const loaded = await loadTable(source, scratch);
  try {
    for (const name of loaded.columns) await mergeFewLabels(loaded, name);
    const columns = await profileTable(loaded);
    return {
      kind: 'table' as const,
      fileName: path.basename(source.file),
      rows: loaded.rows,
      columns: columns
        .filter(({ nested }) => !nested)
        .map(({ name, type, distinct, missing, values, meanLength }) => ({
          name,
          type,
          distinct,
          missing,
          examples: values.slice(0, 5),
          meanLength,
          rewritten: loaded.rewritten.some(({ column }) => column === name),
        })),
    };
  } finally {
    loaded.database.close();
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
