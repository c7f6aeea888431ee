import { normalise } from '../../brief/text/language.ts';
import { findNumbers } from '../../brief/text/numbers.ts';

/** What is told of an option; null: nothing is said. Money in the currency of the question, rates and chances as shares. */
export type Figures = {
  investment: number | null;
  /** Gross return of a year. */
  annual: number | null;
  /** Cost of running it for a year. */
  running: number | null;
  years: number | null;
  growth: number | null;
  probability: number | null;
  rate: number | null;
};
export type FigureName = keyof Figures;

export const noFigures = (): Figures => ({
  investment: null, annual: null, running: null, years: null, growth: null, probability: null, rate: null,
}); // biome-ignore format: a list

type Unit = 'money' | 'share' | 'years';
type Reading = { name: FigureName; unit: Unit; words: RegExp };

/** Tried in this order: the more special word wins. The same words name fields of the context and stand in sentences. */
const readings: Reading[] = [
  { name: 'rate', unit: 'share', words: /discount|wacc|cost of capital|hurdle|折现|贴现|资金成本|资本成本/ },
  { name: 'probability', unit: 'share', words: /prob|chance|likel|success|概率|成功率|把握|可能性/ },
  { name: 'growth', unit: 'share', words: /grow|增长|增速/ },
  { name: 'years', unit: 'years', words: /year|horizon|life|duration|term|month|年限|期限|周期|寿命|个月|年/ },
  { name: 'running', unit: 'money', words: /opex|running|operat|maint|upkeep|annual cost|cost per year|yearly cost|(?:运营|运行|维护)(?:费用|成本|费)?|年成本|年费用|每年成本|每年费用|人力成本/ },
  { name: 'annual', unit: 'money', words: /(?:saves?|cuts?|reduces?|avoids?) (?:the |our )?\w* ?(?:costs?|rents?|fees?|wages|loss(?:es)?)|annual|yearly|revenue|return|profit|benefit|sav(?:e|es|ed|ing)s?|income|earn|brings? in|turnover|cash|sales|gain|收益|利润|回报|收入|增收|(?:节省|节约|降低|减少|省下|免去)(?:[^\d\s]{0,6})?|营收|现金流|赚/ },
  { name: 'investment', unit: 'money', words: /invest|capex|cost|price|budget|spend|fund|outlay|upfront|acqui|purchas|\bbuy|\bpay\b|set-?up|recruit|severance|salar|wage|\brents?\b|\bfees?\b|投资|投入|成本|预算|费用|花费|出资|收购|支付|购买|购置|购入|买|一次性|租金|工资|薪|费(?=[\d约为是])/ },
]; // biome-ignore format: a table

const perMonth = /per month|monthly|a month|每月|月均|月收益|月利润/;
const perYear = /per year|yearly|annual|a year|\/ ?year|p\.a\.|每年|年均|年收益|年利润|一年|年收入|年回报|年节省/;

/** Figures of an object, by the names of its fields; a text among its values is read as a sentence. */
export const figuresOfFields = (fields: Record<string, unknown>): Figures => {
  const figures = noFigures();
  for (const [field, value] of Object.entries(fields)) {
    const name = normalise(field.replaceAll(/[_-]/g, ' ').replaceAll(/([a-z])([A-Z])/g, '$1 $2'));
    const reading = readings.find(({ words }) => words.test(name));
    if (typeof value === 'number' && Number.isFinite(value) && reading)
      set(figures, reading, { value, unit: null, around: name });
    else if (typeof value === 'string') merge(figures, figuresOfText(reading ? `${name} ${value}` : value));
  }
  return figures;
};

/** Figures of sentences: in each clause number and word that stand nearest to each other go together first. */
export const figuresOfText = (text: string): Figures => {
  const figures = noFigures();
  const left = clausesOf(text).flatMap((clause) => readClause(clause, figures));
  // One amount beside a known return, under whatever word: it is what that return costs.
  if (left.length === 1 && figures.investment === null && figures.annual !== null) figures.investment = left[0]!;
  return figures;
};

const clausesOf = (text: string): string[] => expanded(normalise(text)).split(/[,，;.!?\n。；！？、](?!\d)/);

/** Returns the amounts of which nothing says what they are. */
/** Characters around an amount in which "per year" belongs to it. */
const wordsBefore = 20;
const wordsAfter = 12;

const readClause = (clause: string, figures: Figures): number[] => {
  const numbers = findNumbers(clause, [])
    .flatMap(({ value, end, start, ratio, needsUnit }) => {
      const after = clause.slice(end, end + 24);
      const unit = unitOf(after, clause.slice(Math.max(0, start - 4), start), ratio);
      if (needsUnit && unit === null) return [];
      // "$900 a month" names no duration.
      if (unit === 'years' && /^an?$/.test(clause.slice(start, end))) return [];
      return [{ value: unit === 'share' && !ratio ? value / 100 : value, unit, start, end, after, around: clause }];
    })
    .map((number, index, all) => ({
      ...number,
      near: clause.slice(
        Math.max(all[index - 1]?.end ?? 0, number.start - wordsBefore),
        Math.min(all[index + 1]?.start ?? clause.length, number.end + wordsAfter),
      ),
    }));
  const pairs = numbers
    .flatMap((number) => fitting(clause, number).map((pair) => ({ ...pair, number })))
    .sort((a, b) => a.distance - b.distance);
  const placed = new Set<Found>();
  const used = new Set<Reading>();
  for (const { reading, number } of pairs) {
    if (placed.has(number) || used.has(reading)) continue;
    placed.add(number);
    used.add(reading);
    set(figures, reading, number);
  }
  // "A store for 3 million with a return of 300,000": what is left of the money is what it costs.
  const left = numbers.filter((number) => number.unit === 'money' && !placed.has(number) && !isOfUnit(number));
  const [only] = left;
  if (left.length !== 1 || only === undefined) return left.map(({ value }) => value);
  if (isYearly(only)) figures.running ??= scaled('running', only);
  else if (placed.size > 0) figures.investment ??= only.value;
  else return [only.value];
  return [];
};

/** Figures of which a text names several: an outlay in parts, or two that contradict each other. */
export type Disputed = { name: 'investment' | 'annual'; values: number[]; how: 'sum' | 'contradiction' };

const contrast =
  /however|\bbut\b|although|actually|instead|rather|says?|claims?|不过|但是?|然而|却|其实|实际|财务说|说/;
const whole = /total|altogether|总|共计|合计/;

/**
 * Several outlays of one option are parts of a whole and added up, unless the text sets one against the other; then the
 * less favourable one counts. Either way the answer tells.
 */
export const settleDisputed = (text: string, figures: Figures): Disputed[] => {
  const clauses = clausesOf(text).map((clause) => {
    const own = noFigures();
    readClause(clause, own);
    return { clause, own };
  });
  return (['investment', 'annual'] as const).flatMap((name): Disputed[] => {
    const named = clauses.filter(({ own }) => own[name] !== null);
    const values = [...new Set(named.map(({ own }) => own[name]!))];
    if (values.length < 2) return [];
    if (named.slice(1).some(({ clause }) => contrast.test(clause))) {
      figures[name] = name === 'investment' ? Math.max(...values) : Math.min(...values);
      return [{ name, values, how: 'contradiction' }];
    }
    if (name !== 'investment' || named.some(({ clause }) => whole.test(clause))) return [];
    figures.investment = values.reduce((sum, value) => sum + value, 0);
    return [{ name, values, how: 'sum' }];
  });
};

/** Letters for millions and billions, as words that numbers are read with. */
const expanded = (text: string): string =>
  text
    .replaceAll(/(\d)\s?mn?(?![a-z])/g, '$1 million')
    .replaceAll(/(\d+(?:\.\d+)?)\s?(?:bn?|billion)(?![a-z])/g, (_, value: string) => `${Number(value) * 1000} million`);

/** Beyond these a number is no figure of a decision, and counts as not given. Growth and returns may be negative. */
const plausible: Record<Unit, [least: number, most: number]> = {
  money: [-1e15, 1e15],
  share: [-0.95, 10],
  years: [1 / 365, 100],
};

type Found = {
  value: number;
  unit: Unit | null;
  around: string;
  after?: string /** The words between its neighbours. */;
  near?: string;
};

const set = (figures: Figures, { name: read, unit }: Reading, found: Found): void => {
  if (found.unit !== null && found.unit !== unit) return;
  // What is paid every year is no outlay, whichever word stands beside it.
  const name = read === 'investment' && isYearly(found) ? 'running' : read;
  if (figures[name] !== null || isOfUnit(found)) return;
  const value = scaled(name, found);
  const [least, most] = plausible[unit];
  if (value >= least && value <= most) figures[name] = value;
};

const isYearly = ({ around, near = around, unit }: Found): boolean =>
  unit === 'money' && (perYear.test(near) || perMonth.test(near));

/** The cost or price of a single piece is no figure of the whole decision. */
const isOfUnit = ({ around, near = around, unit }: Found): boolean =>
  unit === 'money' && /unit (?:cost|price)|per unit|apiece|each\b|单价|单位成本|每件|每台|每个/.test(near);

const scaled = (name: FigureName, { value, unit, around, near = around, after = '' }: Found): number => {
  if (name === 'years')
    return /^\s*(?:个月|months?)/.test(after) || (unit === null && /month|月/.test(around)) ? value / 12 : value;
  if (name === 'annual' || name === 'running') return perMonth.test(near) && !perYear.test(near) ? value * 12 : value;
  if (name === 'investment') return value;
  return unit === null && value > 1 ? value / 100 : value;
};

/** What a number counts, by what stands around it; null: a bare number. */
const unitOf = (after: string, before: string, ratio: boolean): Unit | null => {
  if (ratio || /^\s*(?:%|percent|个百分点)/.test(after)) return 'share';
  if (/^\s*(?:年(?!收|利|回|均|化)|years?|个月|months?|-year)/.test(after)) return 'years';
  if (
    /[$¥€£￥]\s?$/.test(before) ||
    /^\s*(?:万|亿|元|块|usd|rmb|cny|eur|dollars?|yuan|k(?![a-z])|m(?![a-z])|bn|billion|million)/.test(after)
  )
    return 'money';
  return null;
};

type Place = { start: number; end: number; unit: Unit | null };

/** The readings that a number may have, each with the characters between it and the nearest of their words. */
const fitting = (clause: string, { start, end, unit }: Place): { reading: Reading; distance: number }[] => {
  if (unit === 'years') return [{ reading: readings.find(({ name }) => name === 'years')!, distance: 0 }];
  return readings
    .filter((one) => one.name !== 'years' && (unit === null || one.unit === unit))
    .flatMap((reading) => {
      const distances = [...clause.matchAll(new RegExp(reading.words, 'g'))].map((match) =>
        match.index >= end ? match.index - end + 3 : start - (match.index + match[0].length),
      );
      const distance = Math.min(...distances.filter((one) => one >= 0));
      return Number.isFinite(distance) && (unit !== null || distance <= 12) ? [{ reading, distance }] : [];
    });
};

/** What `more` knows and `figures` does not. */
export const merge = (figures: Figures, more: Figures): void => {
  for (const name of Object.keys(figures) as FigureName[]) figures[name] ??= more[name];
};

export const knownFigures = (figures: Figures): FigureName[] =>
  (Object.keys(figures) as FigureName[]).filter((name) => figures[name] !== null);

const currencies: [RegExp, string][] = [
  [/\$|usd|dollar|美元/, 'USD'],
  [/€|eur|欧元/, 'EUR'],
  [/£|gbp|英镑/, 'GBP'],
  [/¥|￥|rmb|cny|yuan|元|块|万|亿/, 'CNY'],
];

/** The currency that the question names; empty where it names none. */
export const currencyOf = (text: string): string =>
  currencies.find(([pattern]) => pattern.test(text.toLowerCase()))?.[1] ?? '';
