import path from 'node:path';
import { AppError } from '../../errors.ts';
import { writeAtomically } from '../../world/files.ts';
import { identifier, literal } from '../duckdb.ts';
import { loadTable, type Table } from '../table.ts';
import { inspectTable, type Source } from './source.ts';

/** A table beside images that says what is on each of them. */
export type ImageLabels = {
  file: string;
  table: Table;
  /** Its column of file names, and those that say something of the image. */
  names: string;
  columns: string[];
  /** Row of each image, by its path below the folder. */
  rows: Map<string, number>;
  /** Rows whose image is not there, and rows for an image that has one already. */
  missing: number;
  repeated: number;
};

/** At least this share of a table's rows must name an image, or it speaks of something else. */
const leastNamed = 0.5;

/** What the listing of images holds already. */
const listed = new Set(['image', 'width', 'height', 'channels', 'pixels', 'folder', 'row_id']);

/** The table that names the images; null where the folders say what they show. The caller closes its database. */
export const findImageLabels = async (
  { folder, files, tables, classes }: Source & { kind: 'images' },
  scratch: string,
): Promise<ImageLabels | null> => {
  const images = imagesByName(files);
  for (const [index, file] of tables.entries()) {
    const place = path.join(scratch, `labels-${index}`);
    const table = await readTable(path.join(folder, file), place, { needed: classes.length === 0 });
    if (!table) continue;
    const found = await columnOfNames(table, images);
    const columns = table.columns.filter((name) => name !== found?.column && !listed.has(name));
    if (found && columns.length > 0) return { file, table, names: found.column, columns, ...found };
    table.database.close();
  }
  return null;
};

/** Null: no table, such as a list of the classes, which matters only where nothing else says what the images show. */
const readTable = async (file: string, scratch: string, { needed }: { needed: boolean }): Promise<Table | null> => {
  try {
    return await loadTable(await inspectTable(file), scratch, { asWritten: true });
  } catch (error) {
    if (error instanceof AppError && error.code === 'data.unusable' && !needed) return null;
    throw error;
  }
};

/** An image by its path, by its name, and by its name without suffix, where only one image has it. */
const imagesByName = (files: string[]): Map<string, string> => {
  const found = new Map<string, string>();
  const shared = new Set<string>();
  for (const file of files) {
    const base = path.posix.basename(file);
    for (const name of new Set([file, base, withoutSuffix(file), withoutSuffix(base)])) {
      const key = name.toLowerCase();
      if (found.has(key)) shared.add(key);
      else found.set(key, file);
    }
  }
  for (const key of shared) found.delete(key);
  return found;
};

const withoutSuffix = (name: string): string => name.slice(0, name.length - path.posix.extname(name).length);

type Named = { column: string; rows: Map<string, number>; missing: number; repeated: number };

const columnOfNames = async (table: Table, images: Map<string, string>): Promise<Named | null> => {
  let best: Named | null = null;
  for (const column of table.columns) {
    const found = await namedBy(table, column, images);
    if (found.rows.size > (best?.rows.size ?? 0)) best = found;
  }
  return best !== null && best.rows.size >= leastNamed * table.rows ? best : null;
};

const namedBy = async ({ database }: Table, column: string, images: Map<string, string>): Promise<Named> => {
  const named: Named = { column, rows: new Map(), missing: 0, repeated: 0 };
  for (const [row, value] of await database.rows(`SELECT row_id::INTEGER, ${identifier(column)} FROM given`)) {
    const file = imageOf(String(value ?? ''), images);
    if (file === undefined) named.missing += 1;
    else if (named.rows.has(file)) named.repeated += 1;
    else named.rows.set(file, Number(row));
  }
  return named;
};

/** A table may name an image by a path of another machine. */
const imageOf = (written: string, images: Map<string, string>): string | undefined => {
  const name = written
    .trim()
    .replaceAll('\\', '/')
    .replace(/^\.?\//, '')
    .toLowerCase();
  return images.get(name) ?? images.get(path.posix.basename(name));
};

/** The listing with the columns of the labels behind it, as CSV in `scratch`; an image without a row has empty fields. */
export const withLabels = async (listing: string, labels: ImageLabels, scratch: string): Promise<string> => {
  const { database } = labels.table;
  const pairs = path.join(scratch, 'labelled-rows.json');
  const output = path.join(scratch, 'labelled-images.csv');
  await writeAtomically(pairs, JSON.stringify([...labels.rows].map(([image, row_id]) => ({ image, row_id }))));
  const own = labels.columns.map((name) => `g.${identifier(name)}`).join(', ');
  await database.run(`
    COPY (SELECT i.*, ${own} FROM read_csv(${literal(listing)}, header=true, delim=',', quote='"', escape='"',
            all_varchar=true, parallel=false) i
          LEFT JOIN read_json(${literal(pairs)}, columns={image: 'VARCHAR', row_id: 'BIGINT'}) p USING (image)
          LEFT JOIN given g ON g.row_id = p.row_id ORDER BY i.image)
    TO ${literal(output)} (HEADER, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`);
  return output;
};
