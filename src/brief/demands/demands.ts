import type { Operator } from '../../artifacts/requirements.ts';
import { isQuality, isRatio, type Subject, wordOf } from '../../artifacts/vocabulary.ts';
import { type Clauses, findClauses } from '../text/clauses.ts';
import { exact } from '../text/numbers.ts';
import { certainty, isWish, readOperator } from '../text/operators.ts';
import type { Span } from '../text/span.ts';
import { findQuantities, inBase, type Quantity } from '../text/units.ts';
import { type Link, linkAll } from './link.ts';
import { findMentions, type Mention } from './subjects.ts';

/** A measurable demand of the brief: subject, operator and value in the vocabulary's unit. */
export type Demand = {
  subject: Subject;
  op: Operator;
  value: number;
  unit: string | null;
  quote: Span;
  /** Where the subject is named, else where the amount stands. */
  named: Span;
  confidence: number;
  note: string | null;
  wish: boolean;
  /** True when the value cannot be, such as an accuracy of 120 %. */
  impossible: boolean;
};

/** All measurable demands of a normalised brief, and the amounts that no subject claims. */
export const findDemands = (
  text: string,
): { demands: Demand[]; quantities: Quantity[]; mentions: Mention[]; unread: Span[] } => {
  const mentions = findMentions(text);
  const quantities = findQuantities(text, mentions);
  const clauses = findClauses(text);
  const usable = quantities.filter((quantity) => !isContext(text, quantity));
  const links = linkAll(text, { quantities: usable, mentions, clauses });
  const unread = usable.filter((quantity) => !links.some((link) => link.quantity === quantity));
  return {
    demands: links.map((link) => toDemand(text, clauses, { link, quantities })),
    quantities,
    mentions,
    unread: unread
      .filter((quantity) => isLimit(text, clauses, quantity))
      .map((quantity) => cover(text, { clause: clauses.clauseOf(quantity), spans: [quantity] })),
  };
};

/** "At most 5": something is demanded, whatever it is about. */
const isLimit = (text: string, clauses: Clauses, quantity: Quantity): boolean => {
  const { start } = clauses.clauseOf(quantity);
  return readOperator(text.slice(start, quantity.start), text.slice(quantity.end, quantity.end + 24), null).explicit;
};

const contextBefore =
  /(?:过去|近|最近|前|未来|接下来|今后|往后|每隔?|满|(?<![a-z])(?:last|past|previous|recent|next|coming|following|every|each|for|of|after|since|older than|aged?))\s?(?:的)?\s?$/;
const contextBehind =
  /^\s?(?:的)?(?:的?历史|数据(?!量)|记录|样本|左右的数据|内(?:再?入院|流失|违约|复购|到期)|of (?:data|history|records|readings)|-?old|ago|ahead|in advance|worth of|后|之后|前的)/;
const horizonUnits = new Set(['hours', 'days', 'weeks', 'months', 'years', 'minutes']);

/** "The last 3 years", "every 5 minutes", "within 30 days of discharge": amounts that describe the data. */
const isContext = (text: string, quantity: Quantity): boolean => {
  if (quantity.dimension !== 'time' || !horizonUnits.has(quantity.unit ?? '')) return false;
  const ahead = text.slice(Math.max(0, quantity.start - 12), quantity.start);
  return contextBefore.test(ahead)
    ? !/(?:低于|不超过|max(?:imum)? of|minimum of)\s?$/.test(ahead)
    : contextBehind.test(text.slice(quantity.end));
};

const toDemand = (
  text: string,
  clauses: Clauses,
  { link, quantities }: { link: Link; quantities: Quantity[] },
): Demand => {
  const { quantity, mention, subject, complement } = link;
  const clause = clauses.clauseOf(quantity);
  const { better, group } = wordOf(subject);
  const previous = Math.max(
    clause.start,
    ...quantities.filter(({ end }) => end <= quantity.start).map(({ end }) => end),
  );
  const reading = readOperator(
    text.slice(previous, quantity.start),
    text.slice(quantity.end, quantity.end + 24),
    complement ? 'lower' : better,
  );
  const measured = normalisedValue(quantity, { subject, complement, better });
  const words = text.slice(clause.start, clause.end);
  return {
    subject,
    op: complement ? (reading.op.replace('<', '>') as Operator) : reading.op,
    value: measured.value,
    unit: unitOf(quantity, subject),
    quote: cover(text, { clause, spans: mention ? [mention, quantity] : [quantity] }),
    named: mention ?? quantity,
    confidence: exact(
      0.97 * (reading.explicit ? 1 : 0.9) * certainty(words) * (mention ? 1 : 0.8) * (measured.guessed ? 0.85 : 1),
    ),
    note: noteOf(quantity, { complement, group }),
    wish: isWish(words),
    impossible: isRatio(subject) && (measured.value > 1 || measured.value < 0),
  };
};

/** The strict end of a range; percent and "97" both become 0.97; a rate of failures becomes one minus it. */
const normalisedValue = (
  quantity: Quantity,
  { subject, complement, better }: { subject: Subject; complement: boolean; better: 'higher' | 'lower' | null },
) => {
  const lower = complement || better === 'lower';
  const amount = lower && quantity.high !== null ? quantity.high : quantity.amount;
  if (isRatio(subject)) {
    const percent = quantity.dimension === 'plain' && amount > 1 && amount <= 100;
    const value = percent ? exact(amount / 100) : inBase(amount, quantity);
    return { value: complement ? exact(1 - value) : value, guessed: percent };
  }
  if (wordOf(subject).unit === 'ms') return { value: exact(amount * quantity.factor * 1000), guessed: false };
  return {
    // An error of 700 g or 3 m is one of grams and metres, whatever a model of 2 g weighs on the disk.
    value: ['time', 'size'].includes(quantity.dimension) && isQuality(subject) ? amount : inBase(amount, quantity),
    guessed: false,
  };
};

const unitOf = (quantity: Quantity, subject: Subject): string | null =>
  isRatio(subject) ? null : (wordOf(subject).unit ?? quantity.unit);

const noteOf = (quantity: Quantity, { complement, group }: { complement: boolean; group: string }): string | null => {
  if (complement) return 'written as one minus the stated rate';
  if (group === 'cost' && quantity.per) return `per ${quantity.per}`;
  return quantity.high === null ? null : `stated as a range ${quantity.amount} to ${quantity.high}`;
};

/** The clause of the amount, stretched to its naming, without blanks and punctuation at its ends. */
const cover = (text: string, { clause, spans }: { clause: Span; spans: Span[] }): Span => {
  let start = Math.min(clause.start, ...spans.map((span) => span.start));
  let end = Math.max(clause.end, ...spans.map((span) => span.end));
  while (/[\s，,。、;:.]/.test(text[start] ?? 'x')) start += 1;
  while (/[\s，,。、;:]/.test(text[end - 1] ?? 'x')) end -= 1;
  return { start, end };
};
