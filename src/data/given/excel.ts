import { createReadStream } from 'node:fs';
import path from 'node:path';
import { AppError, messageOf } from '../../errors.ts';
import { writeAtomically } from '../../world/files.ts';

type Field = string | number | boolean | Date | null | undefined;

/** The fullest sheet of a workbook as CSV in `scratch`; rows above the header, such as a title, are left out. */
export const excelAsCsv = async (file: string, scratch: string): Promise<string> => {
  const sheets = await readSheets(file);
  const filled = (rows: Field[][]) => rows.reduce((sum, row) => sum + row.filter(isThere).length, 0);
  const chosen = [...sheets].sort((a, b) => filled(b.data) - filled(a.data))[0];
  const rows = chosen ? fromHeader(chosen.data) : [];
  if (rows.length === 0) {
    throw new AppError('data.unusable', `${file} holds no table`, {
      hint: 'A sheet needs a header row and rows below it.',
    });
  }
  const width = rows[0]!.length;
  const lines = rows.map((row) => Array.from({ length: width }, (_, at) => quoted(row[at])).join(','));
  const csv = path.join(scratch, 'excel.csv');
  await writeAtomically(csv, `${lines.join('\n')}\n`);
  return csv;
};

const readSheets = async (file: string): Promise<{ sheet: string; data: Field[][] }[]> => {
  try {
    const { default: readExcel } = await import('read-excel-file/node');
    return (await readExcel(createReadStream(file))) as { sheet: string; data: Field[][] }[];
  } catch (error) {
    throw new AppError('data.unusable', `${file} cannot be read as an Excel workbook: ${messageOf(error)}`, {
      hint: 'Save it again as .xlsx without a password, or export the sheet as CSV.',
      cause: error,
    });
  }
};

const isThere = (field: Field): boolean => field !== null && field !== undefined && field !== '';

/** The header is the first row that is about as full as the fullest one; columns without a name go. */
const fromHeader = (data: Field[][]): Field[][] => {
  const fullest = Math.max(0, ...data.map((row) => row.filter(isThere).length));
  const start = data.findIndex((row) => row.filter(isThere).length >= Math.max(2, fullest * 0.8));
  if (start < 0) return [];
  const kept = data[start]!.map((name, at) => (isThere(name) ? at : -1)).filter((at) => at >= 0);
  return data
    .slice(start)
    .filter((row) => row.some(isThere))
    .map((row) => kept.map((at) => row[at]));
};

const quoted = (field: Field): string => {
  if (!isThere(field)) return '';
  const text = field instanceof Date ? isoOf(field) : String(field);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const isoOf = (date: Date): string => {
  const text = date.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19);
};
