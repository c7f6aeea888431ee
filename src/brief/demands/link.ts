import { isRatio, type Subject } from '../../artifacts/vocabulary.ts';
import type { Clauses } from '../text/clauses.ts';
import { between, gap, type Span } from '../text/span.ts';
import type { Quantity } from '../text/units.ts';
import type { Mention } from './subjects.ts';

/** An amount and the subject that it is about; no mention where the unit alone tells. */
export type Link = { quantity: Quantity; mention: Mention | null; subject: Subject; complement: boolean };

export type Found = { quantities: Quantity[]; mentions: Mention[]; clauses: Clauses };

/** Pairs amounts with namings, cheapest pair first; each naming is used once, a spare amount may share one. */
export const linkAll = (text: string, found: Found): Link[] => {
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
  // "Visits in a year; mean absolute error below 2.6": a time that was told before is no error.
  const nearerAmount = quantities.some(
    (other) => mention.dimensions.includes(other.dimension) && clauses.breaksBetween(mention, other) < breaks,
  );
  const toldBefore = after && breaks > 0 && (nearerAmount || !clauses.sameSentence(mention, quantity));
  if (toldBefore && quantity.dimension === 'time' && ['mae', 'rmse'].includes(mention.subject))
    return Number.POSITIVE_INFINITY;
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
  if (quantity.dimension === 'ratio' && /[里中].*[对准错]/.test(text.slice(quantity.start, quantity.end)))
    return link(quantity, 'accuracy');
  if (quantity.dimension === 'rate') return link(quantity, 'throughput');
  if (quantity.dimension === 'time' && quantity.factor <= 1 && !/训练|采集|采样|train|sampl|record/.test(words))
    return link(quantity, 'latency');
  if (quantity.dimension === 'money' && quantity.per !== null) return link(quantity, 'cost');
  return null;
};

const link = (quantity: Quantity, subject: Subject): Link => ({ quantity, mention: null, subject, complement: false });
