import path from 'node:path';
import { profileTable } from './profile.ts';
import { inspectSource } from './source.ts';
import { loadTable } from './table.ts';

/** What the reading of the brief may know of the data: names, types and a few examples, no statistics of models. */
export const profileSource = async (given: string, scratch: string) => {
  const source = await inspectSource(given);
  if (source.kind === 'images') {
    return { kind: 'images' as const, fileName: path.basename(source.folder), rows: source.files, columns: [] };
  }
  const loaded = await loadTable(source, scratch);
  try {
    const columns = await profileTable(loaded);
    return {
      kind: 'table' as const,
      fileName: path.basename(source.file),
      rows: loaded.rows,
      columns: columns.map(({ name, type, distinct, missing, values, meanLength }) => ({
        name,
        type,
        distinct,
        missing,
        examples: values.slice(0, 5),
        meanLength,
      })),
    };
  } finally {
    loaded.database.close();
  }
};
