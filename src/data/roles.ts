import type { ColumnProfile } from './profile.ts';
import { type ColumnRole, roleOf } from './schema.ts';

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
  if (![...roles.values()].some(({ role }) => role !== 'ignored')) return null;
  return new Map(columns.map(({ name }) => [name, name === target ? { role: 'target' } : roles.get(name)!]));
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

const familyRoles: Record<string, Assign> = {
  text_classification: oneText('text', ({ meanLength }) => meanLength),
  image_classification: (columns) =>
    new Map(
      columns.map(({ name }) => [
        name,
        name === 'image' ? { role: 'image' } : { role: 'ignored', reason: 'describes the file' },
      ]),
    ),
  sequence_to_sequence: oneText('source', ({ distinct }) => distinct),
};

/** Columns by which two rows are the same example: copies must not lie on both sides of a split. */
export const contentColumns = (task: string, roles: Map<string, Role>): string[] | null => {
  if (familyRoles[task] === undefined) return null;
  if (task === 'image_classification') return ['pixels'];
  return [...roles].filter(([, { role }]) => role === 'text' || role === 'source').map(([name]) => name);
};
