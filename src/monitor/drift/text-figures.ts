import type { Figure } from './bootstrap.ts';

/** Definitions of sacreBLEU 2 (Post 2018, Popović 2015), as the projects measure their hold-out by. */
const bleuOrder = 4;
const chrfOrder = 6;
const chrfWeight = 4;

type Pair = { truth: string; prediction: string };

/** Sums of each row that a corpus figure is made of, added up over the rows that were drawn. */
const corpusFigure = (rows: number[][], combine: (sums: number[]) => number): Figure => {
  const width = rows[0]?.length ?? 0;
  return (weights) => {
    const sums = Array.from({ length: width }, () => 0);
    for (const [index, row] of rows.entries()) {
      const weight = weights[index]!;
      if (weight > 0) for (let at = 0; at < width; at++) sums[at]! += weight * row[at]!;
    }
    return combine(sums);
  };
};

/** BLEU-4: one reference, brevity penalty, exponential smoothing; tokens of its rule `13a`, Han and kana one by one. */
export const bleuFigure = (pairs: Pair[]): Figure => {
  const orders = Array.from({ length: bleuOrder }, (_, index) => index + 1);
  const rows = pairs.map(({ truth, prediction }) => {
    const [wanted, found] = [tokensOf(truth), tokensOf(prediction)];
    const grams = orders.flatMap((n) => {
      const own = countRuns(found, n);
      return [shared(countRuns(wanted, n), own), total(own)];
    });
    return [wanted.length, found.length, ...grams];
  });
  return corpusFigure(rows, ([wanted = 0, found = 0, ...grams]) => {
    const matched = orders.map((n) => grams[2 * n - 2]!);
    const made = orders.map((n) => grams[2 * n - 1]!);
    if (!matched.some((one) => one > 0) || made.some((one) => one === 0)) return 0;
    let halvings = 0;
    let logarithm = 0;
    for (const [index, hits] of matched.entries()) {
      if (hits === 0) halvings++;
      logarithm += Math.log((hits || 0.5 ** halvings) / made[index]!);
    }
    return Math.exp(Math.min(0, 1 - wanted / found) + logarithm / bleuOrder);
  });
};

/** chrF2: mean precision and mean recall of the runs of one to six characters, white space left out. */
export const chrfFigure = (pairs: Pair[]): Figure => {
  const orders = Array.from({ length: chrfOrder }, (_, index) => index + 1);
  const rows = pairs.map(({ truth, prediction }) => {
    const [wanted, found] = [truth, prediction].map((text) => [...text.replaceAll(/\s/gu, '')]);
    return orders.flatMap((n) => {
      const [expected, own] = [countRuns(wanted!, n), countRuns(found!, n)];
      return [shared(expected, own), expected.size > 0 ? total(own) : 0, total(expected)];
    });
  });
  return corpusFigure(rows, (sums) => {
    const usable = orders
      .map((n) => sums.slice(3 * n - 3, 3 * n))
      .filter(([, made, wanted]) => made! > 0 && wanted! > 0);
    if (!usable.some(([hits]) => hits! > 0)) return 0;
    const mean = (at: number) => usable.reduce((sum, one) => sum + one[0]! / one[at]!, 0) / usable.length;
    const [precision, recall] = [mean(1), mean(2)];
    return ((1 + chrfWeight) * precision * recall) / (chrfWeight * precision + recall);
  });
};

const unspaced = /([\u2e80-\u9fff\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]|[\u{20000}-\u{3ffff}])/gu;
const rules: [RegExp, string][] = [
  [unspaced, ' $1 '],
  [/([{-~[-` -&(-+:-@/])/g, ' $1 '],
  [/([^0-9])([.,])/gu, '$1 $2 '],
  [/([.,])([^0-9])/gu, ' $1 $2'],
  [/([0-9])(-)/g, '$1 $2 '],
];
const entities: [string, string][] = [
  ['&quot;', '"'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
];

const tokensOf = (text: string): string[] => {
  const plain = entities.reduce((one, [entity, character]) => one.replaceAll(entity, character), text);
  const spaced = rules.reduce((one, [rule, replacement]) => one.replaceAll(rule, replacement), ` ${plain} `);
  return spaced.split(/\s+/u).filter((token) => token !== '');
};

const countRuns = (parts: string[], size: number): Map<string, number> => {
  const counts = new Map<string, number>();
  for (let at = 0; at + size <= parts.length; at++) {
    const run = parts.slice(at, at + size).join('\u0000');
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
};

const total = (counts: Map<string, number>): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

const shared = (first: Map<string, number>, second: Map<string, number>): number =>
  [...second].reduce((sum, [run, count]) => sum + Math.min(count, first.get(run) ?? 0), 0);
