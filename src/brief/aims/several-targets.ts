import type { DataColumn, DataProfile } from '../data-profile.ts';
import type { Span } from '../text/span.ts';
import { isCountedBy, namesOf } from './target.ts';

/** What joins two things that are asked for in one breath; a comma alone also joins sentences. */
const joint =
  /^["'“”‘’`」』)）]?\s*(?:,?\s*(?:and|as well as|or|&|\/)\s+|&|\/|、|和|与|跟|及|以及|还有|或)\s*(?:the |its |their |both )?["'“”‘’`「『(（]?$/;

/**
 * Columns of the target's kind that the brief names beside it, "sales and returns", in the order of the brief with the
 * target among them; empty where the target stands alone. A project predicts one column.
 */
export const namedTogether = (text: string, profile: DataProfile, target: DataColumn | null): DataColumn[] => {
  if (target === null || profile.kind !== 'table') return [];
  const spans = new Map<DataColumn, Span[]>(
    profile.columns
      .filter(({ type }) => type === target.type)
      .map((column) => [column, namesOf(text, column).filter((words) => !isCountedBy(text, words))]),
  );
  const found = new Map<DataColumn, number>();
  const visit = (column: DataColumn): void => {
    const own = spans.get(column) ?? [];
    found.set(column, Math.min(...own.map(({ start }) => start)));
    for (const [other, others] of spans)
      if (!found.has(other) && own.some((one) => others.some((two) => areJoined(text, one, two)))) visit(other);
  };
  visit(target);
  const columns = [...found].sort(([, a], [, b]) => a - b).map(([column]) => column);
  return columns.length > 1 ? columns : [];
};

const areJoined = (text: string, a: Span, b: Span): boolean => {
  const [first, second] = a.start < b.start ? [a, b] : [b, a];
  return first.end <= second.start && joint.test(text.slice(first.end, second.start));
};
