import { findClauses } from '../text/clauses.ts';
import { matches } from '../text/span.ts';
import type { Quantity } from '../text/units.ts';
import type { Condition } from './constraints.ts';

const delivery =
  /上线|交付|完成(?!训练)|做好|做完|投产|发布|验收|截止|期限|deadline|(?<![a-z])(?:go(?:es)? live|deliver(?:ed|y)?|launch(?:ed)?|due|finish(?:ed)?|in production|ship(?:ped)?|roll(?:ed)? out|completed?|hand(?:ed)? over|done)(?![a-z])/;
const training = /训练|train/;

const names: readonly (readonly [RegExp, string])[] = [
  [/月底(?:之?前)?|(?:by )?(?:the )?end of (?:the|this) month/g, 'end of month'],
  [/年底(?:之?前)?|(?:by )?(?:the )?end of (?:the|this) year/g, 'end of year'],
  [/季度?末(?:之?前)?|(?:by )?(?:the )?end of (?:the|this) quarter/g, 'end of quarter'],
  [/(?:下周)?周末(?:之?前)|by (?:the )?(?:end of the |next )?week(?:end)?/g, 'end of week'],
  [/下周[一二三四五](?:之?前)?|by next (?:mon|tues|wednes|thurs|fri)day/g, 'next week'],
  [/下个?月(?:之?前)|by next month/g, 'next month'],
];
const isoDate = /(?:by |before |on )?(\d{4})(?:-|\/|年)(\d{1,2})(?:-|\/|月)(\d{1,2})[日号]?(?:之?前)?/g;

/** When the product must be there: an ISO date, "14 days", or "end of month". */
export const findDeadline = (text: string, quantities: Quantity[]): Condition | null => {
  const clauses = findClauses(text);
  const delivers = (span: { start: number; end: number }) => {
    const { start, end } = clauses.clauseOf(span);
    const clause = text.slice(start, end);
    return delivery.test(clause) && !training.test(clause);
  };
  const condition = (span: { start: number; end: number }, value: string): Condition => ({
    start: span.start,
    end: span.end,
    subject: 'deadline',
    value,
    confidence: 0.85,
    note: null,
  });
  const date = matches(text, isoDate).find(delivers);
  if (date) {
    const [, year, month, day] = date.match;
    return condition(date, `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`);
  }
  for (const [pattern, value] of names) {
    const span = matches(text, pattern).find(delivers);
    if (span) return condition(span, value);
  }
  const span = quantities.find((q) => ['days', 'weeks', 'months'].includes(q.unit ?? '') && delivers(q));
  return span ? condition(span, inDays(span)) : null;
};

const inDays = ({ amount, unit, factor }: Quantity): string =>
  unit === 'months' ? `${amount} months` : `${Math.round((amount * factor) / 86_400)} days`;
