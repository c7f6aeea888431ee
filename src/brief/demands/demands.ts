import type { Operator } from '../../artifacts/requirements.ts';
import { isQuality, type Subject, wordOf } from '../../artifacts/vocabulary.ts';
import { type Clauses, findClauses } from '../text/clauses.ts';
import { exact } from '../text/numbers.ts';
import { certainty, isWish, readOperator } from '../text/operators.ts';
import { between, gap, type Span } from '../text/span.ts';
import { findMentions, type Mention } from './subjects.ts';
import { findQuantities, inBase, type Quantity } from '../text/units.ts';

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

type Link = { quantity: Quantity; mention: Mention | null; subject: Subject; complement: boolean };

/** All measurable demands of a normalised brief, and the amounts that no subject claims. */
export const findDemands = (text: string): { demands: Demand[]; quantities: Quantity[]; mentions: Mention[] } => {
  const mentions = findMentions(text);
  const quantities = findQuantities(text, mentions);
  const clauses = findClauses(text);
  const usable = quantities.filter((quantity) => !isContext(text, quantity));
  const links = linkAll(text, { quantities: usable, mentions, clauses });
  return { demands: links.map((link) => toDemand(text, clauses, { link, quantities })), quantities, mentions };
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

type Found = { quantities: Quantity[]; mentions: Mention[]; clauses: Clauses };

/** Pairs amounts with namings, cheapest pair first; each naming is used once, a spare amount may share one. */
const linkAll = (text: string, found: Found): Link[] => {
  const pairs = found.quantities
    .flatMap((quantity) =>
      found.mentions.map((mention) => ({ quantity, mention, cost: costOf(text, found, { quantity, mention }) })),
    )
    .filter(({ cost }) => cost < 90)
    .toSorted((a, b) => a.cost - b.cost);
  const links: Link[] = [];
  const used = new Set<Mention>();
  for (const { quantity, mention } of pairs) {
    if (links.some((link) => link.quantity === quantity) || used.has(mention)) continue;
    used.add(mention);
    links.push(toLink(text, found, { quantity, mention }));
  }
  const respective = inOrder(text, found, links);
  const alone = found.quantities.filter((quantity) => !respective.some((link) => link.quantity === quantity));
  return [
    ...respective,
    ...shared(text, found, { links: respective, used }),
    ...alone.map((quantity) => implied(text, found, { quantity, pairs })).filter((link) => link !== null),
  ];
};

const costOf = (
  text: string,
  { quantities, mentions, clauses }: Found,
  { quantity, mention }: { quantity: Quantity; mention: Mention },
): number => {
  const absurd = quantity.dimension === 'plain' && quantity.amount > 100 && isRatio(mention.subject);
  if (absurd || !mention.dimensions.includes(quantity.dimension)) return Number.POSITIVE_INFINITY;
  const inside = between(text, mention, quantity);
  const after = mention.start >= quantity.end;
  const sentence = clauses.sameSentence(mention, quantity) ? 0 : 60;
  const breaks = clauses.breaksBetween(mention, quantity);
  const rival = quantities.some(
    (other) =>
      other !== quantity && mention.dimensions.includes(other.dimension) && isBetween(other, mention, quantity),
  );
  const nearer = mentions.some(
    (other) =>
      other !== mention &&
      other.subject !== mention.subject &&
      other.dimensions.includes(quantity.dimension) &&
      isBetween(other, mention, quantity),
  );
  const plain = quantity.dimension === 'plain' && inside.length > 48 ? 90 : 0;
  const slow = quantity.factor >= 60 && quantity.dimension === 'time' && mention.subject.startsWith('latency') ? 15 : 0;
  return (
    0.6 * inside.length +
    14 * breaks +
    (after ? 8 : 0) +
    sentence +
    (rival ? 25 : 0) +
    (nearer ? 12 : 0) +
    plain +
    slow +
    (mention.generic ? 2 : 0)
  );
};

const isBetween = (other: Span, a: Span, b: Span): boolean =>
  other.start >= Math.min(a.end, b.end) && other.end <= Math.max(a.start, b.start);

const service = /请求|接口|服务|调用|线上|(?<![a-z])(?:api|service|requests?|http|server|5xx|endpoint|calls?)(?![a-z])/;

/** Settles what a general naming means beside its amount. */
const toLink = (
  text: string,
  { mentions, clauses }: Found,
  { quantity, mention }: { quantity: Quantity; mention: Mention },
): Link => {
  const { start, end } = clauses.clauseOf(mention);
  if (mention.subject === 'accuracy' && mention.complement && service.test(text.slice(start, end))) {
    return { quantity, mention, subject: 'error_rate', complement: false };
  }
  if (mention.subject === 'mae' && quantity.dimension === 'ratio')
    return { quantity, mention, subject: 'mape', complement: false };
  if (mention.subject === 'latency') {
    const named = mentions.find(
      (other) =>
        other.subject.startsWith('latency_') &&
        clauses.breaksBetween(other, quantity) + clauses.breaksBetween(other, mention) === 0 &&
        !other.generic,
    );
    if (named) return { quantity, mention: named, subject: named.subject, complement: false };
    if (/平均|on average/.test(text.slice(start, end)))
      return { quantity, mention, subject: 'latency_mean', complement: false };
  }
  return { quantity, mention, subject: mention.subject, complement: mention.complement };
};

const joint = /^(?:\s|,|、|，|和|与|及|以及|跟|or|and|&|\/|都|均|as well as|both)*$/;

/** "Precision and recall both at least 90 %": the naming beside takes the same amount. */
const shared = (text: string, { mentions }: Found, { links, used }: { links: Link[]; used: Set<Mention> }): Link[] =>
  links.flatMap((link) =>
    mentions
      .filter(
        (mention) =>
          link.mention &&
          !used.has(mention) &&
          mention.subject !== link.subject &&
          !mention.generic &&
          mention.dimensions.includes(link.quantity.dimension),
      )
      .filter((mention) => chained(text, mentions, { from: mention, to: link.mention! }))
      .map((mention) => ({
        quantity: link.quantity,
        mention,
        subject: mention.subject,
        complement: mention.complement,
      })),
  );

const chained = (text: string, mentions: Mention[], { from, to }: { from: Mention; to: Mention }): boolean => {
  if (gap(from, to) > 40) return false;
  let inside = between(text, from, to);
  for (const other of mentions) {
    if (other !== from && other !== to && isBetween(other, from, to))
      inside = inside.replace(text.slice(other.start, other.end), '');
  }
  return /[^\s]/.test(inside) && joint.test(inside) && !/^[,，\s]*$/.test(inside);
};

/** "Precision and recall at least 0.9 and 0.8 respectively": first naming, first amount. */
const inOrder = (text: string, { clauses }: Found, links: Link[]): Link[] => {
  const words = /分别|respectively/.exec(text);
  if (!words) return links;
  const span = { start: words.index, end: words.index + words[0].length };
  const inside = links.filter(
    ({ mention, quantity }) => mention && clauses.sameSentence(mention, span) && clauses.sameSentence(quantity, span),
  );
  if (inside.length < 2) return links;
  const namings = inside.map(({ mention }) => mention!).toSorted((a, b) => a.start - b.start);
  const amounts = inside.map(({ quantity }) => quantity).toSorted((a, b) => a.start - b.start);
  const paired = namings.map((mention, index) => ({
    quantity: amounts[index]!,
    mention,
    subject: mention.subject,
    complement: mention.complement,
  }));
  return paired.every(({ mention, quantity }) => mention.dimensions.includes(quantity.dimension))
    ? [...links.filter((link) => !inside.includes(link)), ...paired]
    : links;
};

type Pair = { quantity: Quantity; mention: Mention; cost: number };

/** An amount without a free naming: a second demand on the same subject, or a subject that the unit implies. */
const implied = (
  text: string,
  found: Found,
  { quantity, pairs }: { quantity: Quantity; pairs: Pair[] },
): Link | null => {
  const clause = found.clauses.clauseOf(quantity);
  const words = text.slice(clause.start, clause.end);
  const near = pairs.find((pair) => pair.quantity === quantity && pair.cost < 45 && pair.mention.subject !== 'latency');
  if (near && quantity.dimension !== 'plain') return toLink(text, found, near);
  if (quantity.dimension === 'rate') return link(quantity, 'throughput');
  if (quantity.dimension === 'time' && quantity.factor <= 1 && !/训练|采集|采样|train|sampl|record/.test(words))
    return link(quantity, 'latency');
  if (quantity.dimension === 'money' && quantity.per !== null) return link(quantity, 'cost');
  return null;
};

const link = (quantity: Quantity, subject: Subject): Link => ({ quantity, mention: null, subject, complement: false });

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
  const measured = valueOf(quantity, { subject, complement, better });
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

const isRatio = (subject: Subject): boolean =>
  subject === 'error_rate' ||
  subject === 'availability' ||
  (isQuality(subject) && subject !== 'mae' && subject !== 'rmse');

/** The strict end of a range; percent and "97" both become 0.97; a rate of failures becomes one minus it. */
const valueOf = (
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
    value: quantity.dimension === 'time' && isQuality(subject) ? amount : inBase(amount, quantity),
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
