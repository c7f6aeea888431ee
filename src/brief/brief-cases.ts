import { z } from 'zod';
import type { Expectation } from './agreement.ts';
import type { DataColumn, DataProfile } from './data-profile.ts';

/** A brief of ours in both languages with what it states; the data are described, not stored. */
const briefCase = z.strictObject({
  id: z.string(),
  data: z
    .strictObject({
      file: z.string(),
      kind: z.enum(['table', 'images']).default('table'),
      rows: z.number(),
      columns: z.record(z.string(), z.string()),
    })
    .nullable(),
  zh: z.string(),
  en: z.string(),
  expect: z.custom<Expectation>((value) => typeof value === 'object' && value !== null),
});

export type BriefCase = { id: string; profile: DataProfile | null; zh: string; en: string; expect: Expectation };

export const readBriefCases = (parsed: unknown): BriefCase[] =>
  z
    .array(briefCase)
    .parse(parsed)
    .map(({ data, ...rest }) => ({
      ...rest,
      profile: data && {
        kind: data.kind,
        fileName: data.file,
        rows: data.rows,
        columns: Object.entries(data.columns).map(column),
      },
    }));

/** "text 2 (No|Yes)" or "text 5160 80": type, distinct values, then examples or the mean length. */
const column = ([name, text]: [string, string]): DataColumn => {
  const [, type, distinct, length, examples] = /^(\w+) (\d+)(?: (\d+))?(?: \((.*)\))?$/.exec(text) ?? [];
  if (!type) throw new Error(`column ${name}: cannot read "${text}"`);
  return {
    name,
    type: z.enum(['number', 'text', 'boolean', 'date']).parse(type),
    distinct: Number(distinct),
    missing: 0,
    examples: examples ? examples.split('|') : [],
    ...(length ? { meanLength: Number(length) } : {}),
  };
};
