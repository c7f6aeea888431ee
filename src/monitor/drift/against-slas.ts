import type { DriftFinding } from '../../artifacts/documents/change-proposal.ts';
import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import { normalTail } from '../../rollout/judge/distributions.ts';
import { binomialTail } from '../../rollout/judge/exact-rates.ts';
import { secondsOf } from '../sla-rules.ts';
import { type Figure, shortfall } from './bootstrap.ts';
import { aucFigure, labelFigure, r2Figure } from './label-figures.ts';
import { bleuFigure, chrfFigure } from './text-figures.ts';
import type { WindowRow } from './window.ts';

type Sla = ServiceSpec['slas'][number] & { value: number };
/** A promise against the window; `p` is the chance of such a figure where the promise is just kept. */
export type Promised = Omit<DriftFinding, 'level'>;
type Found = Omit<Promised, 'requirement' | 'what' | 'kind'>;
type Measure = (rows: WindowRow[], sla: Sla, positive: string | null) => Found | null;

const quantiles: Record<string, number> = { latency: 0.95, latency_p50: 0.5, latency_p95: 0.95, latency_p99: 0.99 };

/** Each row of the spec that a window can tell about; null where it has nothing of it. */
export const againstSlas = (
  slas: ServiceSpec['slas'],
  rows: WindowRow[],
  positive: string | null = null,
): { sla: Sla; found: Promised | null }[] =>
  slas.flatMap((sla) => {
    const measure = measures[sla.subject];
    if (!measure || typeof sla.value !== 'number') return [];
    const row = { ...sla, value: sla.value };
    const found = measure.by(rows, row, positive);
    return [
      { sla: row, found: found && { kind: measure.kind, requirement: sla.requirement, what: sla.subject, ...found } },
    ];
  });

/** Too many requests over the limit: of a p95, more than 5 % by the exact binomial test. */
const latency: Measure = (rows, sla) => {
  const times = rows.flatMap(({ ms }) => (typeof ms === 'number' ? [ms] : []));
  const limit = secondsOf(sla) * 1000;
  const share = 1 - quantiles[sla.subject]!;
  if (times.length === 0) return null;
  const over = times.filter((ms) => ms > limit).length;
  const n = times.length;
  return {
    measure: 'share_over_limit',
    value: over / n,
    threshold: share,
    n,
    effect_size: over / n - share,
    p: binomialTail(over, n, share),
  };
};

const failures =
  (allowed: (value: number) => number): Measure =>
  (rows, { value }) => {
    const statuses = rows.flatMap(({ status }) => (typeof status === 'number' ? [status] : []));
    if (statuses.length === 0) return null;
    const failed = statuses.filter((status) => status === 0 || status >= 500).length;
    const limit = allowed(value);
    const n = statuses.length;
    return {
      measure: 'share_failed',
      value: failed / n,
      threshold: limit,
      n,
      effect_size: failed / n - limit,
      p: binomialTail(failed, n, limit),
    };
  };

const known = (rows: WindowRow[]) =>
  rows.flatMap(({ prediction, truth }) => (prediction == null || truth == null ? [] : [{ prediction, truth }]));

const accuracy: Measure = (rows, { value }) => {
  const judged = known(rows);
  const n = judged.length;
  if (n === 0) return null;
  const wrong = judged.filter(({ prediction, truth }) => String(prediction) !== String(truth)).length;
  const right = 1 - wrong / n;
  return {
    measure: 'accuracy',
    value: right,
    threshold: value,
    n,
    effect_size: value - right,
    p: binomialTail(wrong, n, 1 - value),
  };
};

/** Mean of an error against its limit, by the normal approximation: 30 labels at least. */
const meanError =
  (name: string, errorOf: (prediction: number, truth: number) => number, limitOf: (value: number) => number): Measure =>
  (rows, { value }) => {
    const errors = known(rows)
      .map(({ prediction, truth }) => errorOf(Number(prediction), Number(truth)))
      .filter(Number.isFinite);
    const n = errors.length;
    if (n < 30) return null;
    const mean = errors.reduce((sum, error) => sum + error, 0) / n;
    const variance = errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (n - 1);
    const limit = limitOf(value);
    const spread = Math.sqrt(variance / n);
    const p = spread === 0 ? (mean > limit ? 0 : 1) : normalTail((mean - limit) / spread);
    const effect = variance === 0 ? 0 : (mean - limit) / Math.sqrt(variance);
    return { measure: `mean_${name}`, value: mean, threshold: limit, n, effect_size: effect, p };
  };

/** Labels below which nothing is said of a figure that is bootstrapped, and of either kind of row for an AUC. */
const fewestLabels = 30;
const fewestOfKind = 10;

/** A figure of the window's labels under its limit, by the bootstrap. */
const bootstrapped =
  (
    name: string,
    figureOf: (rows: WindowRow[], positive: string | null) => { figure: Figure; n: number } | null,
  ): Measure =>
  (rows, { value: limit }, positive) => {
    const made = figureOf(rows, positive);
    const found = made && made.n >= fewestLabels ? shortfall(made.figure, made.n, limit) : null;
    if (!made || !found) return null;
    const { value, p } = found;
    return { measure: name, value, threshold: limit, n: made.n, effect_size: limit - value, p };
  };

const texts = (rows: WindowRow[]) =>
  known(rows).map(({ prediction, truth }) => ({ prediction: String(prediction), truth: String(truth) }));

/** Of one label these are shares of rows, whose chance is exact: of those that have it, or that are said to have it. */
const ofLabel =
  (score: 'precision' | 'recall'): Measure =>
  (rows, sla, positive) => {
    if (positive === null) return ofLabels(score)(rows, sla, positive);
    const side = score === 'recall' ? 'truth' : 'prediction';
    const concerned = texts(rows).filter((one) => one[side] === positive);
    const n = concerned.length;
    if (n === 0) return null;
    const wrong = concerned.filter(({ prediction, truth }) => prediction !== truth).length;
    const value = 1 - wrong / n;
    const p = binomialTail(wrong, n, 1 - sla.value);
    return { measure: score, value, threshold: sla.value, n, effect_size: sla.value - value, p };
  };

const ofLabels = (score: 'precision' | 'recall' | 'f1', macro = false): Measure =>
  bootstrapped(macro ? `macro_${score}` : score, (rows, positive) => {
    const judged = texts(rows);
    return { figure: labelFigure(judged, score, macro ? null : positive), n: judged.length };
  });

/** One label against the rest; of several the mean over those that occur with and without. */
const auc = bootstrapped('auc', (rows, positive) => {
  const scored = rows.flatMap(({ truth, scores }) =>
    truth == null || !scores ? [] : [{ truth: String(truth), scores }],
  );
  const labels = positive === null ? [...new Set(scored.flatMap(({ scores }) => Object.keys(scores)))] : [positive];
  const enough = labels.filter((label) => {
    const hits = scored.filter(({ truth }) => truth === label).length;
    return Math.min(hits, scored.length - hits) >= fewestOfKind;
  });
  if (enough.length === 0) return null;
  const figures = enough.map((label) =>
    aucFigure(scored.map(({ truth, scores }) => ({ score: scores[label] ?? 0, isPositive: truth === label }))),
  );
  const figure: Figure = (weights) => {
    const areas = figures.map((one) => one(weights)).filter((one) => one !== null);
    return areas.length === 0 ? null : areas.reduce((sum, one) => sum + one, 0) / areas.length;
  };
  return { figure, n: scored.length };
});

const r2 = bootstrapped('r2', (rows) => {
  const judged = known(rows)
    .map(({ prediction, truth }) => ({ prediction: Number(prediction), truth: Number(truth) }))
    .filter(({ prediction, truth }) => Number.isFinite(prediction) && Number.isFinite(truth));
  return { figure: r2Figure(judged), n: judged.length };
});

const ofTexts = (name: string, figureOf: (pairs: { prediction: string; truth: string }[]) => Figure): Measure =>
  bootstrapped(name, (rows) => {
    const pairs = texts(rows);
    return { figure: figureOf(pairs), n: pairs.length };
  });

const same = (value: number) => value;

const measures: Record<string, { kind: DriftFinding['kind']; by: Measure }> = {
  ...Object.fromEntries(Object.keys(quantiles).map((subject) => [subject, { kind: 'service' as const, by: latency }])),
  error_rate: { kind: 'service', by: failures(same) },
  availability: { kind: 'service', by: failures((value) => 1 - value) },
  accuracy: { kind: 'quality', by: accuracy },
  precision: { kind: 'quality', by: ofLabel('precision') },
  recall: { kind: 'quality', by: ofLabel('recall') },
  f1: { kind: 'quality', by: ofLabels('f1') },
  macro_f1: { kind: 'quality', by: ofLabels('f1', true) },
  auc: { kind: 'quality', by: auc },
  r2: { kind: 'quality', by: r2 },
  bleu: { kind: 'quality', by: ofTexts('bleu', bleuFigure) },
  chrf: { kind: 'quality', by: ofTexts('chrf', chrfFigure) },
  mae: { kind: 'quality', by: meanError('absolute_error', (prediction, truth) => Math.abs(prediction - truth), same) },
  rmse: {
    kind: 'quality',
    by: meanError(
      'squared_error',
      (prediction, truth) => (prediction - truth) ** 2,
      (value) => value ** 2,
    ),
  },
  mape: {
    kind: 'quality',
    by: meanError('relative_error', (prediction, truth) => Math.abs((prediction - truth) / truth), same),
  },
};
