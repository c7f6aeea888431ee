import type { Requirements } from '../artifacts/requirements.ts';

/** What a case expects of its brief: fields left out are not judged. */
export type Expectation = {
  task?: string | null;
  target?: string | null;
  metric?: string;
  positive_class?: string;
  requirements?: { kind: string; subject: string; op?: string; value?: number | string; unit?: string | null }[];
};

export type Agreement = { hits: number; missing: string[]; surplus: string[]; wrong: string[] };

/**
 * Compares items by kind, subject, operator, value and unit. Goals count only where they are expected, since task,
 * target and metric are compared by themselves; inferred and default items are no claim about the brief's words.
 */
export const agreement = (found: Requirements, expected: Expectation): Agreement => {
  const wanted = expected.requirements ?? [];
  const claims = found.items.filter(({ kind, source }) => kind !== 'goal' && source === 'stated');
  const isMet = (want: (typeof wanted)[number]) => found.items.some((item) => fits(item, want));
  // without a list the case says nothing about items
  const judged = expected.requirements === undefined ? [] : claims;
  const surplus = judged.filter((item) => !wanted.some((want) => fits(item, want)));
  const fields = ['task', 'target', 'metric', 'positive_class'] as const;
  return {
    hits: wanted.filter(isMet).length,
    missing: wanted
      .filter((want) => !isMet(want))
      .map((want) => `${want.subject} ${want.op ?? ''} ${want.value ?? ''} ${want.unit ?? ''}`.trim()),
    surplus: surplus.map(({ subject, op, value, unit }) => `${subject} ${op} ${value} ${unit ?? ''}`.trim()),
    wrong: fields
      .filter((field) => expected[field] !== undefined && found[field] !== expected[field])
      .map((field) => `${field} ${found[field]}, not ${expected[field]}`),
  };
};

type Want = NonNullable<Expectation['requirements']>[number];

const fits = (item: Requirements['items'][number], want: Want): boolean =>
  item.kind === want.kind &&
  item.subject === want.subject &&
  (want.op === undefined || item.op === want.op) &&
  (want.value === undefined || same(item.value, want.value)) &&
  (want.unit === undefined || item.unit === want.unit);

const same = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)) : a === b;

export const f1Of = (list: Agreement[]): number => {
  const sum = (count: (one: Agreement) => number) => list.reduce((total, one) => total + count(one), 0);
  const hits = sum(({ hits }) => hits);
  const total = 2 * hits + sum(({ missing }) => missing.length) + sum(({ surplus }) => surplus.length);
  return total === 0 ? 1 : (2 * hits) / total;
};

/** What must be equal for the same meaning in two languages: everything but quotes, confidence and wording. */
export const meaning = ({ task, target, metric, positive_class, items }: Requirements): string =>
  JSON.stringify({
    task,
    target,
    metric,
    positive_class,
    items: items.map(({ id, kind, subject, op, value, unit }) => [id, kind, subject, op, value, unit]),
  });
