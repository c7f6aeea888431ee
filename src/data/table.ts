import { AppError } from '../errors.ts';
import { type Database, identifier, literal, openDatabase } from './duckdb.ts';
import { excelAsCsv } from './given/excel.ts';
import { asUtf8, type Source } from './given/source.ts';
import { type Rewritten, rewriteColumns } from './written/columns.ts';

export type Table = {
  database: Database;
  name: string;
  columns: string[];
  rows: number;
  nested: Set<string>;
  /** Columns whose numbers or dates were written in a form of their own. */
  rewritten: Rewritten[];
};

/**
 * Loads the user's file as table `given`: `row_id` (0-based position in the file) and every column as text by its own
 * name; only an empty field is missing at this point. Numbers and dates are brought to one form, unless the texts
 * themselves are what is learnt (`asWritten`). `known`: columns of a model that the table is given to, one of which is
 * enough, and which a header names. Throws `data.unusable` with the reason and what to do.
 */
export const loadTable = async (
  source: Source & { kind: 'table' },
  scratch: string,
  { asWritten = false, known = null }: { asWritten?: boolean; known?: string[] | null } = {},
): Promise<Table> => {
  const file = source.format === 'excel' ? await excelAsCsv(source.file, scratch) : await asUtf8(source, scratch);
  const shown = source.shown ?? source.file;
  const database = await openDatabase();
  try {
    const found = await readers[source.format === 'excel' ? 'csv' : source.format](database, file, known);
    const columns = (await numbersRows(database, found)) ? found.filter(({ name }) => name !== rowId) : found;
    const leaves = await flattened(database, columns);
    const names = leaves.map(({ name }) => name);
    checkNames(names, shown, known ? 1 : 2);
    const list = leaves.map(({ name, path, type }) => `${asText(path, type)} AS ${identifier(name)}`).join(', ');
    await database.run(
      `CREATE TABLE given AS SELECT (row_number() OVER ()) - 1 AS ${identifier(rowId)}, ${list} FROM source AS ${whole}`,
    );
    await database.run('DROP TABLE IF EXISTS source');
    const [[rows]] = (await database.rows('SELECT count(*)::INTEGER FROM given')) as [[number]];
    if (rows === 0) {
      throw new AppError('data.unusable', `${shown} has a header but no rows`, { hint: 'Give data with rows.' });
    }
    const nested = new Set([
      ...leaves.filter(({ type }) => isNested(type)).map(({ name }) => name),
      ...(await columnsOfJson(database, names)),
    ]);
    const rewritten = await rewriteColumns(database, asWritten ? [] : names.filter((name) => !nested.has(name)));
    return { database, name: 'given', columns: names, rows, nested, rewritten };
  } catch (error) {
    database.close();
    if (error instanceof AppError && !error.message.includes(shown)) {
      throw new AppError(error.code, `${shown}: ${error.message}`, {
        hint: error.hint ?? 'Check that the file is a table with one header row, in the format that its suffix says.',
        cause: error,
      });
    }
    throw error;
  }
};

const rowId = 'row_id';

/** A column of that name that only numbers the rows, as in a file of a project, says nothing that is lost. */
const numbersRows = async (database: Database, columns: Column[]): Promise<boolean> => {
  if (!columns.some(({ name }) => name === rowId)) return false;
  const [row] = await database.rows(`SELECT count(DISTINCT ${rowId}) = count(*) FROM source`);
  return row![0] === true;
};

type Column = { name: string; type: string };

type Reader = (database: Database, file: string, known: string[] | null) => Promise<Column[]>;

const readers: Record<'csv' | 'json' | 'parquet', Reader> = {
  csv: async (database, file, known) => {
    const [sniffed] = await database.rows(
      `SELECT Delimiter, Quote, Escape, SkipRows, HasHeader FROM sniff_csv(${literal(file)}, sample_size=20480)`,
    );
    const [delimiter, quote, escaping, skip] = sniffed as [string, string, string, number];
    const dialect = [
      `delim=${literal(known && /\.(?:tsv|tab)$/i.test(file) ? '\t' : delimiter)}`,
      `quote=${literal(oneCharacter(quote) || '"')}`,
      `escape=${literal(oneCharacter(escaping) || oneCharacter(quote) || '"')}`,
      `skip=${Number(skip)}`,
      "nullstr=''",
      'all_varchar=true',
      'strict_mode=false',
    ].join(', ');
    const [first] = await database.rows(`SELECT * FROM read_csv(${literal(file)}, header=false, ${dialect}) LIMIT 1`);
    const header = (first ?? []).map((name) => String(name ?? ''));
    const read = (options: string) => `SELECT * FROM read_csv(${literal(file)}, ${options}, ${dialect})`;
    await database.run(`CREATE TABLE source AS ${read('header=true')}`);
    const isHeader = known?.some((name) => header.includes(name)) ?? false;
    if (!isHeader && (await isRow(database, header))) {
      const names = header.map((_, index) => literal(`column${index + 1}`)).join(', ');
      await database.run(`CREATE OR REPLACE TABLE source AS ${read(`header=false, names=[${names}]`)}`);
    } else checkHeader(header, file);
    return describe(database);
  },
  json: async (database, file) => {
    await database.run(
      `CREATE TABLE source AS SELECT * FROM read_json_auto(${literal(file)}, convert_strings_to_integers=false,
       sample_size=-1, maximum_object_size=67108864, records=true, map_inference_threshold=-1)`,
    );
    return describe(database);
  },
  parquet: async (database, file) => {
    await database.run(`CREATE TABLE source AS SELECT * FROM read_parquet(${literal(file)})`);
    return describe(database);
  },
};

/**
 * Whether the first line is a row like the others: it is made of plain numbers, with decimals or the same twice among
 * them; or it has a number above a column of numbers and a word that is a value of its own column; or all columns hold
 * words, most of which come again below; or texts, and it has a text of the same kind in each.
 */
const isRow = async (database: Database, header: string[]): Promise<boolean> => {
  const numbers = header.filter((cell) => /^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/.test(cell));
  if (numbers.length === 0) return (await comeAgain(database, header)) || isPairOfTexts(database, header);
  if (numbers.length === header.length)
    return numbers.some((cell) => cell.includes('.')) || new Set(numbers).size < numbers.length;
  const columns = await describe(database);
  const words = header
    .map((cell, index) => ({ cell, column: columns[index]?.name }))
    .filter(({ cell, column }) => column !== undefined && cell.trim() !== '' && !numbers.includes(cell));
  if (words.length === 0) return false;
  const found = words.map(
    ({ cell, column }) => `count(*) FILTER (WHERE ${identifier(column!)} = ${literal(cell)}) > 0`,
  );
  const [row] = await database.rows(`SELECT ${found.join(', ')} FROM source`);
  return row!.some((one) => one === true);
};

/**
 * A name of a column is seldom a value of that very column; of a row without numbers most words are. A header that is
 * repeated as a whole, as in files that were joined, stays one, and so does a column that has no other value.
 */
const comeAgain = async (database: Database, header: string[]): Promise<boolean> => {
  if (header.length < 2 || header.some((cell) => cell.trim() === '')) return false;
  const columns = await describe(database);
  const equal = header.map((cell, index) => `${identifier(columns[index]!.name)} = ${literal(cell)}`);
  const counts = equal.map((one) => `count(*) FILTER (WHERE ${one})::INTEGER`);
  const different = columns.map(({ name }) => `count(DISTINCT ${identifier(name)})::INTEGER`);
  const [row] = await database.rows(
    `SELECT count(*) FILTER (WHERE ${equal.join(' AND ')})::INTEGER, ${[...counts, ...different].join(', ')} FROM source`,
  );
  const [whole, ...rest] = row!.map(Number) as [number, ...number[]];
  const again = rest.slice(0, header.length);
  if (whole > 0 && again.every((count) => count === whole)) {
    await database.run(`DELETE FROM source WHERE ${equal.join(' AND ')}`);
    return false;
  }
  const rows = again.filter((count, index) => count > 1 && rest[header.length + index]! > 1);
  return rows.length >= 0.6 * header.length;
};

/** Names that people give to columns of texts. */
const columnName =
  /^(?:source|src|target|tgt|input|output|texts?|labels?|class|category|type|topic|words?|terms?|sentences?|translations?|questions?|answers?|titles?|content|body|summary|name|original|meaning|from|to|key|value|x|y|a|b|[a-z]{2}(?:[-_ ][a-z]{2,4})?|chinese|english|mandarin|cantonese|french|german|japanese|korean|spanish|russian|pinyin|原文|译文|文本|标签|类别|分类|正文|内容|标题|摘要|问题|答案|词语?|拼音|名称|输入|输出|.{0,2}[文语])$/i;

/** Texts of a file without header: each cell of the first line is as long as the others and of the same script, or comes again. */
const isPairOfTexts = async (database: Database, header: string[]): Promise<boolean> => {
  if (header.length > 3 || header.some((cell) => cell.trim() === '' || columnName.test(cell.trim()))) return false;
  const columns = await describe(database);
  for (const [index, cell] of header.entries()) {
    const text = identifier(columns[index]!.name);
    const [row] = await database.rows(`
      SELECT quantile_disc(length(${text}), 0.05), quantile_disc(length(${text}), 0.95),
             avg(regexp_matches(${text}, ${literal(script(cell))})::INTEGER), count(DISTINCT ${text}) / count(*),
             count(*) FILTER (WHERE ${text} = ${literal(cell)}), count(DISTINCT ${text})
      FROM (SELECT * FROM source LIMIT 10000)`);
    const [shortest, longest, alike, different, again, names] = row!.map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (again > 1 && names > 1) continue; // a label
    if (cell.length < shortest || cell.length > longest || alike < 0.9 || different < 0.5) return false;
  }
  return true;
};

/** What a text is written in, as a pattern: with Han characters or without, in capitals at the start or not. */
const script = (cell: string): string => {
  if (/\p{Script=Han}/u.test(cell)) return '\\p{Han}';
  return /^[A-Z]/.test(cell) ? '^[A-Z]' : '^[^A-Z\\p{Han}]+$';
};

/** The sniffer names "no quote character" in words. */
const oneCharacter = (text: string): string => (text.length === 1 && text !== '\0' ? text : '');

const describe = async (database: Database): Promise<Column[]> =>
  (await database.rows('DESCRIBE source')).map(([name, type]) => ({ name: String(name), type: String(type) }));

const isNested = (type: string): boolean => /STRUCT|MAP|\[\]|JSON/.test(type);

/** Columns whose texts are JSON objects or lists, by their first rows. */
const columnsOfJson = async (database: Database, names: string[]): Promise<string[]> => {
  const holds = names.map((name) => {
    const text = identifier(name);
    return `count(*) FILTER (WHERE regexp_matches(${text}, '^\\s*[\\[{]') AND json_valid(${text})) >= greatest(1, 0.9 * count(${text}))`;
  });
  const [row] = await database.rows(`SELECT ${holds.join(', ')} FROM (SELECT * FROM given LIMIT 10000)`);
  return names.filter((_, index) => row![index] === true);
};

type Leaf = Column & { path: string[] };

/** More fields than this are no columns but data of their own, such as counts by word. */
const mostFields = 200;

/**
 * Objects within rows give a column for each of their fields, called by its own name where no other has it, else by its
 * whole path with dots. Lists stay as they are.
 */
const flattened = async (database: Database, columns: Column[]): Promise<Leaf[]> => {
  const leaves: Leaf[] = [];
  const visit = async (path: string[], type: string): Promise<void> => {
    const fields = type.startsWith('STRUCT') && !type.endsWith('[]') ? await fieldsOf(database, path) : [];
    if (fields.length === 0 || fields.length > mostFields) leaves.push({ name: path.at(-1)!, path, type });
    else for (const field of fields) await visit([...path, field.name], field.type);
  };
  for (const { name, type } of columns) await visit([name], type);
  const names = leaves.map(({ name }) => name.toLowerCase());
  const isShared = ({ name }: Leaf) => names.indexOf(name.toLowerCase()) !== names.lastIndexOf(name.toLowerCase());
  const named = leaves.map((leaf) => (isShared(leaf) ? { ...leaf, name: leaf.path.join('.') } : leaf));
  const taken = new Set<string>();
  return named.map((leaf) => {
    let name = leaf.name;
    for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${leaf.name}_${number}`;
    taken.add(name.toLowerCase());
    return { ...leaf, name };
  });
};

/** What the table of the file is called where columns are named: a column may itself be called `source`. */
const whole = identifier('the whole file');

const fieldsOf = async (database: Database, path: string[]): Promise<Column[]> =>
  (await database.rows(`DESCRIBE SELECT unnest(${path.map(identifier).join('.')}) FROM source AS ${whole}`)).map(
    ([name, type]) => ({
      name: String(name),
      type: String(type),
    }),
  );

const asText = (path: string[], type: string): string => {
  const column = path.map(identifier).join('.');
  if (type === 'TIMESTAMP' || type === 'DATE') return `strftime(${column}, '%Y-%m-%dT%H:%M:%S')`;
  return `nullif(CAST(${column} AS VARCHAR), '')`;
};

const checkHeader = (names: string[], file: string): void => {
  const twice = [...new Set(names.filter((name, index) => name !== '' && names.indexOf(name) !== index))];
  if (twice.length > 0) {
    throw new AppError('data.unusable', `${file}: duplicate column names: ${twice.join(', ')}`, {
      hint: 'Rename the columns so that each name occurs once.',
    });
  }
};

const checkNames = (names: string[], file: string, fewest: number): void => {
  if (names.length < fewest) {
    throw new AppError('data.unusable', `${file} has only one column${names[0] ? ` (${names[0]})` : ''}`, {
      hint: 'A table needs a target and at least one other column; check the delimiter.',
    });
  }
  if (names.includes(rowId)) {
    throw new AppError('data.unusable', `${file}: the column name row_id is used by the pipeline itself`, {
      hint: 'Rename that column.',
    });
  }
};
