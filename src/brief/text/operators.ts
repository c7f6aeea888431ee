import type { Operator } from '../../artifacts/requirements.ts';
import type { Word } from '../../artifacts/vocabulary.ts';

/**
 * Comparators in words. The convention of this project:
 *
 * - A limit is inclusive. 以上, 以内, 高于, 低于, above, over, below, under, within give `>=` or `<=`.
 * - A comparison is strict only where the words compare: 大于, 小于, 超过, more than, greater than, less than, `>`, `<`,
 *   and anything with "strictly" or 严格.
 * - The negation of a comparison is the inclusive opposite: 不超过, no more than, may not exceed give `<=`.
 * - Which way a limit points is decided by the subject: "accuracy below 90 % is useless" asks for at least 90 %.
 */
type Comparator = { pattern: RegExp; direction: 'up' | 'down'; strict: boolean };

const comparator = (direction: 'up' | 'down', strict: boolean, source: string): Comparator => ({
  direction,
  strict,
  pattern: new RegExp(source, 'g'),
});

/** Words that stand before the number. */
const before: readonly Comparator[] = [
  comparator(
    'up',
    false,
    `>=|大于(?:或|或者)?等于|(?:greater|more|higher) than or equal(?: to)?|equal to or (?:greater|more|higher)(?: than)?|=>|≥|≧|⩾|至少|最少|最低|起码|不低于|不少于|不小于|达到|高于|higher than|at least|no less than|not less than|not below|minimum(?: of)?|at minimum|above|over(?! the)|upwards of|reach(?:es)?`,
  ),
  comparator(
    'down',
    false,
    String.raw`<=|小于(?:或|或者)?等于|(?:less|lower|smaller|fewer) than or equal(?: to)?|equal to or (?:less|lower)(?: than)?|=<|≤|≦|⩽|至多|最多|最大|顶多|不高于|不大于|低于|lower than|at most|no more than|not more than|up to|maximum(?: of)?|max|below|under|within|inside|in (?=less|under|\d)|capped at|limited? (?:to|of)|控制在|限制在|cap of|sub-`,
  ),
  comparator(
    'up',
    true,
    `>(?!=)|大于|多于|超过|超出|greater than|more than|better than|优于|好于|larger than|exceed(?:s|ing)?|longer than|bigger than|slower than|worse than`,
  ),
  comparator(
    'down',
    true,
    `<(?!=)|小于|少于|不到|不足|less than|fewer than|smaller than|faster than|quicker than|shorter than|cheaper than`,
  ),
];

/** Words that stand behind the number. */
const behind: readonly Comparator[] = [
  comparator(
    'up',
    false,
    String.raw`^\s?(?:个|请求|次)*\s?(?:及|或|或者|和|以及)?(?:以上|之上|起步|打底|or (?:better|higher|more|above|greater|up)|and (?:above|up)|\+|at (?:the )?(?:least|minimum)|minimum)`,
  ),
  comparator(
    'down',
    false,
    String.raw`^\s?(?:的)?(?:及|或|或者)?(?:以内|之内|以下|之下|内|封顶|or (?:less|lower|below|under|faster|better|fewer|smaller)|at (?:the )?most|(?:at )?max(?:imum)?|tops)`,
  ),
];

const negation =
  /(?:不|别|勿|莫|不(?:要|能|得|可|可以|应|应该|许|会|准|想)|没有|(?<![a-z])(?:not|no|never|cannot|can't|won't|mustn't|shouldn't|don't|doesn't|nor|must not|may not|should not)(?: (?:be|go|get|take|run|use|rise|drop|fall|cost|need|grow|last|any|it|have|require|become))*)\s?$/;
const strictly = /(?:严格|strictly\s?(?:be\s)?)\s?$/;

export type Reading = {
  op: Operator;
  /** True when the brief has a comparator; false when the direction comes from the subject alone. */
  explicit: boolean;
  /** True when the words point the other way than the subject does. */
  turned: boolean;
};

/**
 * Reads the operator from the words before the number (in its clause) and right behind it.
 * `better` decides the direction; the words decide strictness.
 */
export const readOperator = (lead: string, trail: string, better: Word['better']): Reading => {
  const direction = better === 'lower' ? 'down' : 'up';
  const found = behindReading(trail) ?? beforeReading(lead);
  if (!found)
    return {
      op: /(?:exactly|正好|恰好|等于)\s?$/.test(lead) ? '=' : inclusive(direction),
      explicit: false,
      turned: false,
    };
  const turned = found.direction !== direction;
  const strict = found.strict && !turned;
  const up = direction === 'up';
  return { op: strict ? (up ? '>' : '<') : inclusive(direction), explicit: true, turned };
};

const inclusive = (direction: 'up' | 'down'): Operator => (direction === 'up' ? '>=' : '<=');

type Found = { direction: 'up' | 'down'; strict: boolean };

const behindReading = (trail: string): Found | null => {
  const match = behind.find(({ pattern }) => new RegExp(pattern.source).test(trail));
  // "50 ms or better" is a limit that points where the subject points
  return match && !/^\s?or better/.test(trail) ? { direction: match.direction, strict: false } : null;
};

const beforeReading = (lead: string): Found | null => {
  const hits = before.flatMap(({ pattern, direction, strict }) =>
    [...lead.matchAll(pattern)].map((match) => ({
      direction,
      strict,
      start: match.index,
      end: match.index + match[0].length,
    })),
  );
  const last = hits.toSorted((a, b) => b.end - a.end || a.start - b.start)[0];
  if (!last) return null;
  const ahead = lead.slice(0, last.start);
  const opposite = last.direction === 'up' ? 'down' : 'up';
  if (negation.test(ahead)) return { direction: opposite, strict: false };
  return { direction: last.direction, strict: last.strict || strictly.test(ahead) };
};

const hedges =
  /最好|希望|尽量|理想|争取|期望|可能的话|如果可以|有条件的话|(?<![a-z])(?:preferably|ideally|hopefully|if possible|nice to have|would be nice|would like|we hope|should ideally|around|about|roughly|approximately)(?![a-z])|大约|大概|左右|差不多/;

/** 1 for a plain demand, less for a wish or an estimate. */
export const certainty = (clause: string): number => (hedges.test(clause) ? 0.75 : 1);

export const isWish = (clause: string): boolean =>
  /理想|争取|可能的话|(?<![a-z])(?:ideally|if possible|nice to have)(?![a-z])|最好能到|最好达到/.test(clause);
