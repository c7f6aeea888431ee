import { parse } from 'yaml';
import { z } from 'zod';
import { readText } from '../world/files.ts';

/** `templates/zh.yaml`: what the templates say in English to a project's owner, in Chinese. */
const wordsSchema = z.strictObject({
  settings: z.record(z.string(), z.string()),
  /** By heading; where families say different things under one, by family. */
  notebook: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
});
export type ChineseWords = z.infer<typeof wordsSchema>;

export const readChineseWords = (file: string): ChineseWords => wordsSchema.parse(parse(readText(file)));

type Cell = { cell_type: string; source: string[] };

/** A notebook with its prose in Chinese; its code stays as it is. */
export const notebookInChinese = (text: string, { notebook }: ChineseWords, family: string): string => {
  const content = JSON.parse(text) as { cells: Cell[] };
  for (const cell of content.cells) {
    if (cell.cell_type === 'markdown') cell.source = lines(proseOf(cell.source.join(''), notebook, family));
  }
  return `${JSON.stringify(content, null, 1)}\n`;
};

const heading = /^(#+) (.+)/;

const proseOf = (text: string, notebook: ChineseWords['notebook'], family: string): string => {
  const [, marks, title] = heading.exec(text) ?? [];
  const found = notebook[title ?? ''];
  const chinese = typeof found === 'object' ? found[family] : found;
  return chinese === undefined ? text : `${marks} ${chinese}`;
};

const lines = (text: string): string[] =>
  text.split('\n').map((line, index, all) => (index < all.length - 1 ? `${line}\n` : line));
