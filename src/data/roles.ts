import type { ColumnProfile } from './profile.ts';
import { type ColumnRole, roleOf } from './schema.ts';
import type { SeriesShape } from './series.ts';

export type Role = { role: ColumnRole; reason?: string };

/** The role of each column for a family of tasks; `null` where the family finds no input among them. */
export const rolesOf = (
  task: string,
  columns: ColumnProfile[],
  target: string,
  rows: number,
): Map<string, Role> | null => {
  const others = columns.filter(({ name }) => name !== target);
  const assign = familyRoles[task] ?? tabularRoles;
  const roles = assign(others, rows);
  if (![...roles.values()].some(({ role }) => role !== 'ignored' && role !== 'group')) return null;
  oneGroup(roles);
  return new Map(columns.map(({ name }) => [name, name === target ? { role: 'target' } : roles.get(name)!]));
};

/** Of several columns that tell subjects apart, the first one keeps rows together; the others are left out. */
const oneGroup = (roles: Map<string, Role>): void => {
  const [, ...others] = [...roles].filter(([, { role }]) => role === 'group');
  for (const [name] of others) roles.set(name, { role: 'ignored', reason: 'another column keeps subjects apart' });
};

type Assign = (columns: ColumnProfile[], rows: number) => Map<string, Role>;

const tabularRoles: Assign = (columns, rows) => new Map(columns.map((column) => [column.name, roleOf(column, rows)]));

/** One column of texts is the input; where several hold texts, the one with the longest. */
const oneText =
  (role: ColumnRole, better: (column: ColumnProfile) => number): Assign =>
  (columns, rows) => {
    const texts = columns.filter(({ type, nested, missing }) => type === 'text' && !nested && missing < rows);
    const chosen = [...texts].sort((a, b) => better(b) - better(a))[0];
    return new Map(
      columns.map((column) => [
        column.name,
        column === chosen ? { role } : { role: 'ignored', reason: 'not the text that is read' },
      ]),
    );
  };

/** Names of places say nothing that can be read. */
const address = /^(?:https?:|www\.|\/|[a-z]:\\)/i;

/** All columns that hold texts of their own, in their order: a title and a body are read together. */
const allTexts: Assign = (columns, rows) => {
  const read = columns.filter((column) => {
    const { type, distinct, meanLength, nested, missing, values } = column;
    const apart = type === 'text' && !nested && missing < rows && roleOf(column, rows).role === 'text';
    return apart && meanLength >= 10 && distinct > 0.3 * rows && !address.test(values[0] ?? '');
  });
  if (read.length === 0) return oneText('text', ({ meanLength }) => meanLength)(columns, rows);
  return new Map(
    columns.map((column) => [
      column.name,
      read.includes(column) ? { role: 'text' } : { role: 'ignored', reason: 'not the text that is read' },
    ]),
  );
};

const oneImage: Assign = (columns) =>
  new Map(
    columns.map(({ name }) => [
      name,
      name === 'image' ? { role: 'image' } : { role: 'ignored', reason: 'describes the file' },
    ]),
  );

const familyRoles: Record<string, Assign> = {
  text_classification: allTexts,
  image_classification: oneImage,
  face_verification: oneImage,
  sequence_to_sequence: oneText('source', ({ distinct }) => distinct),
};

/** Roles in a table of moments: one column of times, perhaps some that tell series apart, and what was known then. */
export const seriesRoles = (
  columns: ColumnProfile[],
  target: string,
  { time, series }: Pick<SeriesShape, 'time' | 'series'>,
  rows: number,
): Map<string, Role> =>
  new Map(
    columns.map((column): [string, Role] => {
      if (column.name === target) return [column.name, { role: 'target' }];
      if (column.name === time) return [column.name, { role: 'time' }];
      if (series.includes(column.name)) return [column.name, { role: 'series' }];
      const found = roleOf(column, rows);
      const usable = ['numeric', 'categorical', 'boolean', 'ignored'].includes(found.role);
      return [column.name, usable ? found : { role: 'ignored', reason: `${found.role} is not read in a series` }];
    }),
  );

/** Columns by which two rows are the same example: copies must not lie on both sides of a split. */
export const contentColumns = (task: string, roles: Map<string, Role>): string[] | null => {
  if (familyRoles[task] === undefined) return null;
  if (task === 'image_classification') return ['pixels'];
  return [...roles].filter(([, { role }]) => role === 'text' || role === 'source').map(([name]) => name);
};
