import { LineCounter, parseDocument, stringify } from 'yaml';
import type { z } from 'zod';
import { AppError, type ErrorCode } from '../errors.ts';

export type Document<Data> = { data: Data; body: string };

/** Splits `---` YAML front matter from the body. Only YAML data is read: no tags, no code. */
export const splitFrontMatter = (text: string): { yaml: string; body: string } | null => {
  const match = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---\r?\n?([\s\S]*)$/.exec(text);
  return match ? { yaml: match[1]!, body: match[2]! } : null;
};

/** Reads and checks a document; every fault is told with the file's line, the field and what is expected. */
export const parseDocumentText = <Data>(
  text: string,
  schema: z.ZodType<Data>,
  { file, code = 'artifact.invalid' }: { file: string; code?: ErrorCode },
): Document<Data> => {
  const parts = splitFrontMatter(text);
  if (!parts) {
    throw new AppError(code, `${file}:1: no front matter found`, {
      hint: 'The file must begin with a line of three dashes, YAML, and three dashes again.',
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(parts.yaml, { lineCounter: lines, prettyErrors: false, schema: 'core' });
  const fault = document.errors[0];
  if (fault) {
    throw new AppError(code, `${file}:${lines.linePos(fault.pos[0]).line + 1}: ${fault.message}`, {
      hint: 'Correct the YAML of the front matter.',
    });
  }
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (parsed.success) return { data: parsed.data, body: parts.body };
  const told = parsed.error.issues.slice(0, 8).map((issue) => {
    const range = nodeRange(document, issue.path);
    const line = range === null ? 1 : lines.linePos(range).line + 1;
    return `${file}:${line}: ${issue.path.map(String).join('.') || '(top)'}: ${issue.message}`;
  });
  throw new AppError(code, told.join('\n'), { hint: 'Correct these fields of the front matter and run again.' });
};

/** Position of the deepest node on the path that exists. */
const nodeRange = (document: ReturnType<typeof parseDocument>, at: PropertyKey[]): number | null => {
  for (let depth = at.length; depth > 0; depth--) {
    const node = document.getIn(at.slice(0, depth) as (string | number)[], true);
    if (node && typeof node === 'object' && 'range' in node && Array.isArray(node.range)) return Number(node.range[0]);
  }
  return null;
};

/** Front matter by the data's own order of keys, then the body. */
export const renderDocument = (data: unknown, body: string): string =>
  `---\n${stringify(data, { lineWidth: 0, version: '1.2' })}---\n\n${body.trim()}\n`;
