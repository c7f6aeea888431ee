import type { Level } from '../analysis.ts';
import { currencyOf, type FigureName, type Figures, knownFigures } from './figures.ts';
import {
  breakEvenShare,
  type Cashflow,
  internalRate,
  netPresentValue,
  paybackYears,
  type Sensitivity,
  sensitivities,
} from './finance.ts';
import type { Choices, Option } from './options.ts';
import { type Simulated, simulate, type Uncertain } from './simulation.ts';

/** Where the question says nothing; each one that was taken is named in the answer. */
export const assumed = { rate: 0.1, years: 5, growth: 0, probability: 1, running: 0 } as const;

export type Appraised = {
  option: Option;
  /** Null: what is invested or what comes back is not known, so nothing can be computed. */
  worth: Worth | null;
  missing: ('investment' | 'annual')[];
};
export type Worth = {
  cashflow: Cashflow;
  probability: number;
  net: number;
  payback: number | null;
  internalRate: number | null;
  breakEven: number | null;
  sensitivities: Sensitivity[];
  simulated: Simulated;
};

export type Appraisal = {
  choices: Choices;
  currency: string;
  rate: number;
  assumptions: FigureName[];
  appraised: Appraised[];
  best: Appraised;
  level: Level;
  /** Options that only cost; their values are costs. */
  costsOnly: boolean;
  /** 1..10. */
  score: number;
  /** 0..1. */
  confidence: number;
};

/** Options in money and in risk. The best is the one with the highest mean value, where its figures are known. */
export const appraise = (choices: Choices): Appraisal => {
  const rate =
    [choices.shared, ...choices.options.map(({ figures }) => figures)]
      .map((one) => one.rate)
      .find((one) => one !== null) ?? null;
  const discount = rate ?? assumed.rate;
  const all = choices.options.map((option) => cashflowOf(option, choices));
  const costsOnly = isCostsOnly(choices.options, all);
  const flows = all.map((flow, index) => (costsOnly && choices.options[index]!.kind === 'nothing' ? null : flow));
  const known = flows.filter((flow) => flow !== null);
  const simulated = simulate(known, discount, choices.text);
  const appraised = choices.options.map((option, index): Appraised => {
    const flow = flows[index] ?? null;
    const missing = flow ? [] : (['investment', 'annual'] as const).filter((name) => option.figures[name] === null);
    return { option, missing, worth: flow && worthOf(flow, discount, simulated[known.indexOf(flow)]!) };
  });
  const assumptions = assumptionsOf(choices, rate);
  const best = bestOf(appraised);
  return {
    choices,
    currency: currencyOf(choices.text),
    rate: discount,
    assumptions,
    appraised,
    best,
    ...riskOf(best, appraised, costsOnly),
    costsOnly,
    confidence: confidenceOf(best, appraised, assumptions),
  };
};

type Flow = Uncertain;

/**
 * Several ways to the same end, none of which earns anything: the need itself is settled, doing nothing does not meet
 * it, and they are compared by what they cost.
 */
const isCostsOnly = (options: Option[], flows: (Flow | null)[]): boolean => {
  const given = flows.filter((_, index) => options[index]!.kind === 'given');
  return given.length > 1 && given.every((flow) => flow !== null && flow.annual === 0);
};

/** Of several options that are held against each other one may cost nothing at once, or earn nothing by itself. */
const cashflowOf = ({ figures, price }: Option, { shared, options }: Choices): Flow | null => {
  const compared = options.filter(({ kind }) => kind === 'given').length > 1;
  const { investment, annual, running } = figures;
  if (compared ? investment === null && annual === null && running === null : investment === null || annual === null)
    return null;
  const take = (name: 'years' | 'growth' | 'probability' | 'running') => figures[name] ?? shared[name] ?? assumed[name];
  return {
    investment: investment ?? 0,
    annual: annual ?? 0,
    running: take('running'),
    growth: take('growth'),
    years: Math.min(100, Math.max(1 / 12, take('years'))),
    probability: Math.min(1, Math.max(0, take('probability'))),
    ...(price ? { spread: price.spread } : {}),
  };
};

const worthOf = (flow: Flow, rate: number, simulated: Simulated): Worth => {
  const expected = {
    ...flow,
    annual: flow.annual * flow.probability,
    running: (flow.running ?? 0) * flow.probability,
  };
  return {
    cashflow: flow,
    probability: flow.probability,
    net: netPresentValue(expected, rate),
    payback: paybackYears(flow),
    internalRate: internalRate(expected),
    breakEven: breakEvenShare(flow, rate),
    sensitivities: sensitivities(expected, rate),
    simulated,
  };
};

const assumptionsOf = ({ options, shared }: Choices, rate: number | null): FigureName[] => {
  const given = options.filter(({ kind }) => kind === 'given');
  const unsaid = (['years', 'growth', 'probability', 'running'] as const).filter(
    (name) =>
      shared[name] === null && given.some(({ figures }) => figures[name] === null && knownFigures(figures).length > 0),
  );
  const nothing = (['investment', 'annual'] as const).filter(
    (name) => given.length > 1 && given.some(({ figures }) => figures[name] === null && moneyOf(figures)),
  );
  return [...(rate === null ? (['rate'] as const) : []), ...unsaid, ...nothing];
};

const moneyOf = ({ investment, annual, running }: Figures): boolean =>
  investment !== null || annual !== null || running !== null;

/** Without figures nothing can be ranked: the smallest step that brings them is taken. */
const bestOf = (appraised: Appraised[]): Appraised => {
  const ranked = appraised
    .filter(({ worth }) => worth !== null)
    .sort((a, b) => b.worth!.simulated.mean - a.worth!.simulated.mean);
  const given = appraised.filter(({ option }) => option.kind === 'given');
  if (given.every(({ worth }) => worth === null))
    return appraised.find(({ option }) => option.kind === 'pilot') ?? appraised[0]!;
  return ranked[0]!;
};

/** The chance of a loss of what is being considered, as a score; unknown figures are a high risk of their own. */
const riskOf = (best: Appraised, appraised: Appraised[], costsOnly: boolean): { score: number; level: Level } => {
  const considered =
    best.option.kind === 'nothing' ? (appraised.find(({ option }) => option.kind === 'given') ?? best) : best;
  const { worth } = considered;
  const bad = worth === null ? null : costsOnly ? 1 - worth.simulated.best : worth.simulated.loss;
  const score = bad === null ? 7 : 1 + 9 * bad;
  const rounded = Math.round(Math.min(10, Math.max(1, score)) * 10) / 10;
  return { score: rounded, level: levelOf(bad) };
};

export const levelOf = (loss: number | null): Level =>
  loss === null || loss > 0.5 ? 'high' : loss > 0.2 ? 'medium' : 'low';

/** How often the choice is the best one in the simulation, less a tenth for each figure that had to be assumed. */
const confidenceOf = (best: Appraised, appraised: Appraised[], assumptions: FigureName[]): number => {
  const unknown = appraised.filter(({ option, worth }) => option.kind === 'given' && worth === null).length;
  if (best.worth === null) return 0.2;
  const contradictions = appraised.filter(({ option }) => option.disputed.some(({ how }) => how === 'contradiction'));
  const value =
    best.worth.simulated.best - 0.1 * assumptions.length - 0.2 * unknown - 0.2 * Math.min(1, contradictions.length);
  return Math.round(Math.min(0.95, Math.max(0.1, value)) * 100) / 100;
};
