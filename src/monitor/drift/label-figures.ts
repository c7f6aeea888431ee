import type { Figure } from './bootstrap.ts';

export type Judged = { prediction: string; truth: string };

/** Hits, claims and occurrences of each label, by drawn rows: what precision, recall and F1 are made of. */
export type Counts = { hits: number; claimed: number; actual: number };

const countsOf = (rows: Judged[]): ((weights: Uint16Array) => Map<string, Counts>) => {
  const labels = [...new Set(rows.flatMap(({ prediction, truth }) => [prediction, truth]))];
  return (weights) => {
    const all = new Map(labels.map((label): [string, Counts] => [label, { hits: 0, claimed: 0, actual: 0 }]));
    for (const [index, { prediction, truth }] of rows.entries()) {
      const weight = weights[index]!;
      if (weight === 0) continue;
      all.get(prediction)!.claimed += weight;
      all.get(truth)!.actual += weight;
      if (prediction === truth) all.get(truth)!.hits += weight;
    }
    return all;
  };
};

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const scores = {
  precision: ({ hits, claimed }: Counts) => share(hits, claimed),
  recall: ({ hits, actual }: Counts) => share(hits, actual),
  f1: ({ hits, claimed, actual }: Counts) => share(2 * hits, claimed + actual),
};

/** As the hold-out's figures are defined: of the positive label, or the mean over labels that occur at all. */
export const labelFigure = (rows: Judged[], score: keyof typeof scores, positive: string | null): Figure => {
  const counted = countsOf(rows);
  return (weights) => {
    const counts = counted(weights);
    const own = positive === null ? undefined : counts.get(positive);
    if (positive !== null) return own ? scores[score](own) : null;
    const each = [...counts.values()].filter(({ claimed, actual }) => claimed + actual > 0).map(scores[score]);
    return each.length === 0 ? null : each.reduce((sum, one) => sum + one, 0) / each.length;
  };
};

/** Area under the ROC curve: the share of pairs in the right order, ties half. Null without both kinds of rows. */
export const aucFigure = (rows: { score: number; isPositive: boolean }[]): Figure => {
  const order = rows.map((_, index) => index).sort((a, b) => rows[a]!.score - rows[b]!.score);
  return (weights) => {
    let [below, positives, negatives, pairs] = [0, 0, 0, 0];
    for (let first = 0; first < order.length; ) {
      const { score } = rows[order[first]!]!;
      let [tiedPositives, tiedNegatives] = [0, 0];
      for (; first < order.length && rows[order[first]!]!.score === score; first++) {
        const index = order[first]!;
        if (rows[index]!.isPositive) tiedPositives += weights[index]!;
        else tiedNegatives += weights[index]!;
      }
      pairs += tiedPositives * (below + tiedNegatives / 2);
      below += tiedNegatives;
      positives += tiedPositives;
      negatives += tiedNegatives;
    }
    return positives === 0 || negatives === 0 ? null : pairs / (positives * negatives);
  };
};

/** Share of the variance that the predictions explain; null where there is none. */
export const r2Figure =
  (rows: { prediction: number; truth: number }[]): Figure =>
  (weights) => {
    let [n, sum, squares, errors] = [0, 0, 0, 0];
    for (const [index, { prediction, truth }] of rows.entries()) {
      const weight = weights[index]!;
      n += weight;
      sum += weight * truth;
      squares += weight * truth ** 2;
      errors += weight * (prediction - truth) ** 2;
    }
    const variance = squares - sum ** 2 / n;
    return variance > 1e-12 * Math.max(1, squares) ? 1 - errors / variance : null;
  };
