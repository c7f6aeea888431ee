import { exact, findNumbers, type WrittenNumber } from './numbers.ts';
import { longestFirst, type Span } from './span.ts';

export type Dimension = 'ratio' | 'time' | 'rate' | 'size' | 'money' | 'measure' | 'plain';

/** An amount with its unit. `factor` leads to the base of the dimension: 1, s, rps, MB, the currency itself. */
export type Quantity = Span & {
  amount: number;
  /** Upper end of a range such as "50 to 100 ms". */
  high: number | null;
  dimension: Dimension;
  factor: number;
  /** Name of the unit when an error is measured in it: celsius, USD, minutes. */
  unit: string | null;
  per: string | null;
};

type Unit = { dimension: Dimension; factor: number; unit: string | null; pattern: RegExp };

const unit = (dimension: Dimension, factor: number, name: string | null, source: string): Unit => ({
  dimension,
  factor,
  unit: name,
  pattern: new RegExp(String.raw`\s*-?(?:${source})`, 'y'),
});
const end = '(?![a-z0-9])';
const perTime = String.raw`\s?(?:/|per|an?|each|every|每)\s?`;
const things = String.raw`(?:(?!in\b|within\b|on\b|for\b|and\b|under\b|with\b|at\b|of\b)[a-z-]+\s){0,3}?(?:[a-z-]+)?`;
const counters = String.raw`(?:个|次|条|张|笔|份|件|句|封|篇|帧|单|行)?\s?(?:[一-龥]{0,4}?)`;
/** "The next 24 hours, every hour" counts no things an hour. */
const noSpan = String.raw`(?!\s?(?:个\s?)?(?:小时|钟头|分钟|天|日|周|星期|月|季度|年)|(?:hour|minute|day|week|month|quarter|year)s?(?![a-z]))`;
const rate = (seconds: number, source: string): Unit =>
  unit('rate', 1 / seconds, null, `${noSpan}(?:${counters}|${things})${perTime}(?:${source})`);

/** First match wins, so longer and more special forms stand first. Ratios are shares, times are s, sizes MB. */
const unitTable: readonly Unit[] = [
  unit('ratio', 0.01, null, `%|percent(?:age points?)?|per cent|pct${end}|个?百分点`),
  unit('ratio', 0.001, null, '‰'),
  unit('rate', 1, null, `(?:qps|rps|tps|req/s)${end}`),
  unit('measure', 1, 'kWh', `kwh${end}|千瓦时|度电|kilowatt.?hours?`),
  unit('measure', 1, 'MWh', `mwh${end}|兆瓦时|megawatt.?hours?`),
  unit('measure', 1, 'MW', `mw${end}|兆瓦|megawatts?`),
  unit('measure', 1, 'kW', `kw${end}|千瓦|kilowatts?`),
  unit('measure', 1, 'MPa', `mpa${end}|兆帕|megapascals?`),
  unit('measure', 1, 'hPa', `hpa${end}|百帕|hectopascals?`),
  unit('measure', 1, 'km/h', `km/h${end}|kph${end}|公里(?:每|/)小?时|kilomet(?:er|re)s per hour`),
  unit('measure', 1, 'm/s', `m/s${end}|米(?:每|/)秒|met(?:er|re)s per second`),
  unit('measure', 1, 'ug/m3', `[uµμ]g/m(?:3|³)|微克(?:每|/)?立方米|micrograms? per cubic met(?:er|re)`),
  unit('measure', 1, 'mpg', `mpg${end}|miles per gallon|英里(?:每|/)加仑`),
  unit('measure', 1, 'mmHg', `mmhg${end}|毫米汞柱`),
  unit('measure', 1, 'mg/dL', `mg/dl${end}`),
  unit('time', 0.001, 'ms', `ms${end}|msecs?${end}|毫秒|milliseconds?`),
  unit('time', 1e-6, 'us', `[uµμ]s${end}|微秒|microseconds?`),
  rate(1, `s${end}|secs?${end}|seconds?|秒钟?`),
  rate(60, `min${end}|minutes?|分钟?`),
  rate(3600, `h${end}|hours?|小时|钟头`),
  rate(86_400, `days?|天|日`),
  unit('time', 1, 'seconds', `s${end}|secs?${end}|seconds?|秒钟?`),
  unit('time', 60, 'minutes', `mins?${end}|minutes?|分钟`),
  unit('time', 3600, 'hours', `h${end}|hrs?${end}|hours?|个?小时|个?钟头?(?![一-龥])`),
  unit('time', 86_400, 'days', `days?${end}|天|个?工作日|日(?=内|之内)`),
  unit('time', 604_800, 'weeks', `weeks?${end}|个?(?:星期|礼拜)|周`),
  unit('time', 2_592_000, 'months', `months?${end}|个?月`),
  unit('time', 31_536_000, 'years', `years?${end}|年`),
  unit('measure', 1, 'years', '岁'),
  unit('size', 1e-3, null, `(?:kb|kib)${end}|kilobytes?`),
  unit('size', 1, null, `(?:mb|mib)${end}|megabytes?|兆(?:字节|b)?`),
  unit('size', 1e3, null, `(?:gb|gib)${end}|gigabytes?|gigs?${end}|吉字节`),
  unit('size', 1e6, null, `tb${end}|terabytes?`),
  unit('size', 1, 'm', String.raw`(?:个\s?)?m${end}(?!\s?(?:参数|param))`),
  unit('size', 1e3, 'g', `(?:个\\s?)?g${end}`),
  unit('money', 1, 'USD', `美元|美金|刀|us dollars?|usd${end}|dollars?${end}|bucks`),
  unit('money', 1, 'EUR', `欧元|eur${end}|euros?${end}|€`),
  unit('money', 1, 'GBP', `英镑|gbp${end}|pounds?${end}|£`),
  unit('money', 1, 'CNY', `元|块钱?|人民币|rmb${end}|cny${end}|yuan`),
  unit('measure', 1, 'fahrenheit', `°\\s?f${end}|℉|华氏度|degrees? fahrenheit`),
  unit('measure', 1, 'celsius', `°\\s?c?${end}|℃|摄氏度|degrees?(?: celsius| c${end})?|度`),
  unit('measure', 1, 'km', `km${end}|公里|千米|kilomet(?:er|re)s?`),
  unit('measure', 1, 'miles', `miles?${end}|英里`),
  unit('measure', 1, 'cm', `cm${end}|厘米|centimet(?:er|re)s?`),
  unit('measure', 1, 'mm', `mm${end}|毫米|millimet(?:er|re)s?`),
  unit('measure', 1, 'm', `米|met(?:er|re)s?${end}`),
  unit('measure', 1, 'kg', `kgs?${end}|公斤|千克|kilos?${end}|kilograms?`),
  unit('measure', 1, 'g', `克|grams?${end}`),
  unit('measure', 1, 't', `吨|tons?${end}|tonnes?`),
  unit('measure', 1, 'points', `分(?![钟之])|points?${end}`),
  unit('measure', 1, 'ppm', `ppm${end}`),
];

const currencies: Record<string, string> = {
  $: 'USD',
  '¥': 'CNY',
  '￥': 'CNY',
  '€': 'EUR',
  '£': 'GBP',
  rmb: 'CNY',
  usd: 'USD',
};
const currencyBefore = /([$¥￥€£]|(?<![a-z])(?:rmb|usd))\s?$/;
const rateBefore = /(?:每|per |every |each )\s?(秒|second|分|minute|小时|hour|天|日|day)(?:钟|,|:)?[^，。,;0-9]{0,14}$/;
const rateSeconds: Record<string, number> = {
  秒: 1,
  second: 1,
  分: 60,
  minute: 60,
  小时: 3600,
  hour: 3600,
  天: 86_400,
  日: 86_400,
  day: 86_400,
};
const counterAfter =
  /^\s?(?:个|次|条|张|笔|份|件|句|封|篇|帧|单|行|人次|以上|左右|请求|requests?|predictions?|images?|$|[，。,;])/;
const periodAround = /(?:每个?|per |an? |\/)\s?(月|年|天|month|year|day)/;
const periods: Record<string, string> = { 月: 'month', 年: 'year', 天: 'day' };
const rangeJoin = /^\s?(?:-|~|到|至|to|and)\s?$/;

/** Every amount of a normalised text with its unit; ranges are joined. */
export const findQuantities = (text: string, blocked: Span[]): Quantity[] =>
  joinRanges(
    text,
    // "200 requests a second" holds "a second"
    longestFirst(
      findNumbers(text, blocked)
        .map((number) => withUnit(text, number))
        .filter((quantity) => quantity !== null),
    ),
  );

const withUnit = (text: string, number: WrittenNumber): Quantity | null => {
  if (number.ratio) return quantity(number, number.end, { dimension: 'ratio', factor: 1, unit: null });
  const money = currencyBefore.exec(text.slice(0, number.start));
  if (money) {
    const start = number.start - money[0].length;
    return {
      ...quantity({ ...number, start }, number.end, { dimension: 'money', factor: 1, unit: currencies[money[1]!]! }),
      per: periodOf(text, number),
    };
  }
  const every = rateBefore.exec(text.slice(0, number.start));
  const once = number.needsUnit && number.value === 1;
  if (every && !once && counterAfter.test(text.slice(number.end))) {
    return quantity(number, number.end, { dimension: 'rate', factor: 1 / rateSeconds[every[1]!]!, unit: null });
  }
  for (const entry of unitTable) {
    entry.pattern.lastIndex = number.end;
    const match = entry.pattern.exec(text);
    const phantom = number.needsUnit && (entry.unit === 'points' || (number.value === 1 && entry.dimension === 'rate'));
    if (match && !phantom)
      return {
        ...quantity(number, number.end + match[0].length, entry),
        per: entry.dimension === 'money' ? periodOf(text, number) : null,
      };
  }
  return number.needsUnit &&
    !/点|[^万][百千万亿]|point|(?:hundred|thousand|million)/.test(text.slice(number.start, number.end))
    ? null
    : quantity(number, number.end, { dimension: 'plain', factor: 1, unit: null });
};

const quantity = (
  number: WrittenNumber,
  end: number,
  { dimension, factor, unit }: Omit<Unit, 'pattern'>,
): Quantity => ({
  start: number.start,
  end,
  amount: number.value,
  high: null,
  dimension,
  factor,
  unit,
  per: null,
});

const periodOf = (text: string, { start, end }: Span): string | null => {
  const period =
    periodAround.exec(text.slice(Math.max(0, start - 14), start))?.[1] ??
    periodAround.exec(text.slice(end, end + 18))?.[1];
  return period ? (periods[period] ?? period) : null;
};

const joinRanges = (text: string, list: Quantity[]): Quantity[] => {
  const joined: Quantity[] = [];
  for (const next of list) {
    const last = joined.at(-1);
    if (last && isRange(text, last, next))
      joined.splice(-1, 1, { ...next, start: last.start, amount: last.amount, high: next.amount });
    else joined.push(next);
  }
  return joined;
};

const isRange = (text: string, low: Quantity, high: Quantity): boolean => {
  const joint = text.slice(low.end, high.start);
  const sameUnit = low.dimension === 'plain' || (low.dimension === high.dimension && low.factor === high.factor);
  const spoken = !joint.includes('and') || /between\s?$/.test(text.slice(0, low.start));
  return rangeJoin.test(joint) && sameUnit && spoken && low.amount < high.amount;
};

/** The amount in the base of its dimension. */
export const inBase = (amount: number, { factor }: Quantity): number => exact(amount * factor);
