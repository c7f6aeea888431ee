import { z } from 'zod';
import type { ColumnProfile } from './profile.ts';

export const columnRoles = [
  'numeric',
  'categorical',
  'boolean',
  'datetime',
  'text',
  'source',
  'time',
  'series',
  'image',
  'group',
  'ignored',
  'target',
] as const;
export type ColumnRole = (typeof columnRoles)[number];

const example = z.string();
const writtenSchema = z.discriminatedUnion('as', [
  z.object({
    as: z.literal('number'),
    decimal_comma: z.boolean(),
    thousands_dot: z.boolean(),
    unit: z.string().nullable(),
    example,
  }),
  z.object({ as: z.literal('date'), day_first: z.boolean(), example }),
  z.object({ as: z.enum(['unix_time', 'decimal_year']), example }),
  z.object({
    as: z.literal('parts'),
    month: z.string().optional(),
    quarter: z.string().optional(),
    day: z.string().optional(),
    example,
  }),
]);

/** `data/schema.json`: what the project knows of the data; see docs/template-contract.md. */
export const dataSchema = z.object({
  task: z.string(),
  target: z.string(),
  classes: z.array(z.string()).nullable(),
  /** Classes are grades, lowest first. */
  ordered: z.boolean().optional(),
  positive_class: z.string().nullable(),
  unit: z.string().nullable(),
  horizon: z.number().optional(),
  season: z.number().optional(),
  frequency: z.object({ unit: z.enum(['second', 'day', 'weekday', 'month']), count: z.number() }).optional(),
  columns: z.array(
    z.object({
      name: z.string(),
      role: z.enum(columnRoles),
      reason: z.string().optional(),
      missing: z.number(),
      min: z.union([z.number(), z.string()]).nullish(),
      max: z.union([z.number(), z.string()]).nullish(),
      values: z.array(z.string()).optional(),
      /** How the user's data writes this column, with an example; absent: as plain numbers, ISO dates or texts. */
      written: writtenSchema.optional(),
      /** Words that stand for a missing field in the user's data. */
      missing_as: z.array(z.string()).optional(),
    }),
  ),
});
export type DataSchema = z.infer<typeof dataSchema>;

/** Values that a category column may have before it counts as free text. */
const categoryLimit = 50;

/** The role of a column, and why it is left out where it is. Rows: of the table that the profile was made from. */
export const roleOf = (column: ColumnProfile, rows: number): { role: ColumnRole; reason?: string } => {
  if (column.nested) return { role: 'ignored', reason: 'nested value' };
  if (column.missing >= rows) return { role: 'ignored', reason: 'all values missing' };
  if (column.distinct <= 1 && column.missing === 0) return { role: 'ignored', reason: 'constant' };
  if (isSubject(column, rows)) return { role: 'group', reason: 'tells subjects apart: rows of one stay together' };
  if (isIdentifier(column, rows)) return { role: 'ignored', reason: 'identifier: another value in every row' };
  if (column.type === 'number') return { role: 'numeric' };
  if (column.type === 'boolean') return { role: 'boolean' };
  if (column.type === 'date') return { role: 'datetime' };
  return column.distinct <= categoryLimit || column.distinct <= rows * 0.05
    ? { role: 'categorical' }
    : { role: 'text' };
};

const identifierName = /(^|[_\s-])(id|uuid|guid|key|index|rowid|no)$|编号|序号|标识|^unnamed|^$/i;

/** Another value in every row, and either named so, or one short word each; measurements have fractions or repeat. */
const isIdentifier = (column: ColumnProfile, rows: number): boolean => {
  if (rows < 20 || column.distinct < rows - column.missing || column.missing > rows * 0.5) return false;
  if (column.type === 'number') {
    const consecutive = column.integers && column.max! - column.min! + 1 === column.distinct;
    return consecutive || (column.integers && identifierName.test(column.name));
  }
  return (
    column.type === 'text' && (identifierName.test(column.name) || (column.meanWords < 1.5 && column.meanLength < 40))
  );
};

const subjectName =
  /(^|[_\s-])(user|customer|client|patient|subject|person|member|student|employee|household|device|machine|vehicle|session|account)([_\s-]?(id|no|nr|number|code|key|uuid))$|^(user|customer|client|patient|subject|person|member|student|session|account|household|individual|respondent|participant|id|uid|pid|编号)$|(用户|客户|顾客|患者|病人|受试者|会员|学生|员工|设备|机器|车辆|账户|账号)(编号|号码?|id|代码)|学号|工号/i;

/** Named as what has several rows of its own, and with so many different values that a model could learn them by heart. */
const isSubject = ({ name, distinct, missing, nested, type }: ColumnProfile, rows: number): boolean =>
  subjectName.test(name) &&
  !nested &&
  (type === 'text' || type === 'number') &&
  distinct >= 10 &&
  missing < rows * 0.1 &&
  rows >= distinct * 1.5;
