import { longestFirst, matches, type Span } from './span.ts';

/** A number as written; `needsUnit` marks words such as "a" or 一 that count only before a unit. */
export type WrittenNumber = Span & { value: number; needsUnit: boolean; ratio: boolean };

const scales: Record<string, number> = {
  hundred: 1e2,
  thousand: 1e3,
  million: 1e6,
  k: 1e3,
  千: 1e3,
  万: 1e4,
  百万: 1e6,
  千万: 1e7,
  亿: 1e8,
};
const scale = String.raw`(?:\s?(百万|千万|万|亿|千(?![瓦克米卡伏帕])|k(?![a-z])|(?:hundred|thousand|million)(?![a-z])))?`;
const digits = new RegExp(
  String.raw`(?<![a-z0-9_.]|[0-9],)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<!\d)\.\d+)${scale}`,
  'g',
);

const han = '[零〇一二两三四五六七八九十百千万亿]';
const numeral = String.raw`(?:${han}+(?:点[零〇一二三四五六七八九]+)?|\d+(?:\.\d+)?)`;
const hanNumber = new RegExp(`(?:${han}+(?:点[零〇一二三四五六七八九]+)?(个半)?|半(?:个)?(?=[小分秒天月年]))`, 'g');
const hanFraction = new RegExp(`(百|千|万|${han}+)分之(${numeral})`, 'g');
const tenths = /([一二两三四五六七八九]|\d)成([一二三四五六七八九半]?)(?![为本功员交品就绩分])/g;
const nines = /([二两三四五六2-6]|two|three|four|five|six)\s?(?:个\s?[9九]|nines(?![a-z]))/g;

const units = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen'
  .concat(' seventeen eighteen nineteen')
  .split(' ');
const tens = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const englishValues: Record<string, number> = {
  ...Object.fromEntries(units.map((word, value) => [word, value])),
  ...Object.fromEntries(tens.map((word, index) => [word, 10 * (index + 2)])),
  hundred: 100,
  thousand: 1000,
  million: 1e6,
};
const word = `(?:${Object.keys(englishValues).join('|')})`;
const englishNumber = new RegExp(
  String.raw`(?<![a-z])((?:an?\s)?${word}(?:(?:-|\s(?:and\s)?)${word})*)(?:\spoint\s(${word}(?:\s${word})*))?(\sand\sa\shalf)?(?![a-z])`,
  'g',
);
const article = String.raw`(?=\s(?:milli)?second|\sminute|\shour|\sday|\sweek|\smonth|\s(?:mega|giga)byte|\spercent)`;
const spoken: readonly (readonly [RegExp, number])[] = [
  [/(?<![a-z])half (?:of )?an?(?= )/g, 0.5],
  [/(?<![a-z])a quarter of an?(?= )|(?<![a-z])a quarter(?=[ -]seconds?(?![a-z]))/g, 0.25],
  [/(?<![a-z])(?:a|one) third of an?(?= )/g, 1 / 3],
  [/(?<![a-z])(?:a|one) fifth of an?(?= )/g, 0.2],
  [/(?<![a-z])(?:a|one) tenth of an?(?= )/g, 0.1],
  [/(?<![a-z])a couple of(?= )/g, 2],
  [new RegExp(`(?<![a-z])(?:an?|one)${article}`, 'g'), 1],
];
/** "At least half of them", 一半以上. */
const shares: readonly (readonly [RegExp, number])[] = [
  [/(?<![a-z])half (?=of (?:them|all|the|these|those|our|its)(?![a-z]))|一半(?!径)/g, 0.5],
  [/(?<![a-z])(?:a|one) third (?=of (?:them|all|the|these|those|our|its)(?![a-z]))/g, 0.333333],
  [/(?<![a-z])two thirds (?=of (?:them|all|the|these|those|our|its)(?![a-z]))/g, 0.666667],
  [/(?<![a-z])three quarters (?=of (?:them|all|the|these|those|our|its)(?![a-z]))|四分之三/g, 0.75],
];
const outOf = new RegExp(
  String.raw`(?<![a-z0-9.])(\d+|${word})\s(?:(?!in\b|out\b)[a-z]+\s)?(?:out of|in|of(?=\s(?:\d+|${word})\s(?:[a-z]+\s){0,3}(?:right|correct)(?![a-z])))\s(?:every\s|a\s)?(\d+|${word})(?![a-z0-9])`,
  'g',
);

const counter = '[张个次条封句份例人道]?';
const among = new RegExp(
  `(${numeral})${counter}(?:里面?|中|当中)[^，。;0-9]{0,6}?(对|准|错)(?:的|了)?(?:最多|至多|不超过|至少|不少于)?(${numeral})${counter}`,
  'g',
);

/** Dates, versions, clock times and device numbers: digits that are no amount. */
const noise =
  /\d{4}[-/]\d{1,2}(?:[-/]\d{1,2})?|(?:19|20)\d{2}\s?年|\d{1,2}:\d{2}|24\/7|7\s?[x×*]\s?24|(?:python|cuda|ubuntu|debian|node|rtx|gtx|iso|version|版本)\s?v?\d[\d.]*|\d{1,2}月\d{1,2}[日号]/g;

/** Every number of a normalised text, in Arabic digits, Chinese numerals and English words. */
export const findNumbers = (text: string, blocked: Span[]): WrittenNumber[] => {
  const walls = [...blocked, ...matches(text, noise)];
  const found = readers.flatMap((read) => read(text)).filter((number) => Number.isFinite(number.value));
  const free = found.filter((number) => !walls.some((wall) => wall.start < number.end && number.start < wall.end));
  return longestFirst(free).filter(({ start }) => !/(?<![a-z]sub|^sub|\ssub)(?<=[a-z])-$/.test(text.slice(0, start)));
};

type Reader = (text: string) => WrittenNumber[];
const reader =
  (pattern: RegExp, value: (match: RegExpMatchArray) => number, kind: { needsUnit: boolean; ratio: boolean }): Reader =>
  (text) =>
    matches(text, pattern).map(({ start, end, match }) => ({ start, end, value: value(match), ...kind }));

const amount = { needsUnit: false, ratio: false };
const beforeUnit = { needsUnit: true, ratio: false };
const share = { needsUnit: false, ratio: true };

const readers: readonly Reader[] = [
  reader(
    digits,
    ([, number, by]) => exact(Number(number!.replaceAll(',', '')) * (by ? scales[by.trim()]! : 1)),
    amount,
  ),
  reader(
    hanNumber,
    ([whole, half]) => (whole!.startsWith('半') ? 0.5 : parseHan(whole!.replace('个半', '')) + (half ? 0.5 : 0)),
    beforeUnit,
  ),
  reader(hanFraction, ([, below, above]) => exact(parseHan(above!) / parseHan(below!)), share),
  reader(
    tenths,
    ([, whole, rest]) => exact(parseHan(whole!) / 10 + (rest ? (rest === '半' ? 5 : parseHan(rest)) / 100 : 0)),
    share,
  ),
  reader(nines, ([, count]) => exact(1 - 10 ** -(englishValues[count!] ?? parseHan(count!))), share),
  reader(outOf, ([, part, whole]) => exact(parseEnglish(part!) / parseEnglish(whole!)), share),
  // "two wrong of a hundred" is read as the share that is right
  reader(
    among,
    ([, whole, verb, part]) => {
      const fraction = parseHan(part!) / parseHan(whole!);
      return exact(verb === '错' ? 1 - fraction : fraction);
    },
    share,
  ),
  reader(
    englishNumber,
    ([, whole, decimals, half]) => parseEnglish(whole!) + parseDecimals(decimals) + (half ? 0.5 : 0),
    beforeUnit,
  ),
  ...shares.map(([pattern, value]) => reader(pattern, () => value, share)),
  ...spoken.map(([pattern, value]) => reader(pattern, () => value, beforeUnit)),
];

/** Removes the noise of binary fractions: 97 * 0.01 is 0.97. */
export const exact = (value: number): number => Number(value.toPrecision(12));

const hanDigits = '零一二三四五六七八九';
const hanScales: Record<string, number> = { 十: 10, 百: 100, 千: 1000 };
const hanMyriads: Record<string, number> = { 万: 1e4, 亿: 1e8 };

/** 一百二十 is 120, 一万二 is 12000, 三百五 is 350, 零点八五 is 0.85; digits are read as they are. */
export const parseHan = (text: string): number => {
  if (/^\d/.test(text)) return Number(text);
  const [whole = '', fraction] = text.replaceAll('两', '二').replaceAll('〇', '零').split('点');
  let total = 0;
  let section = 0;
  let digit = 0;
  let last = 1;
  for (const character of whole) {
    const by = hanScales[character];
    const myriad = hanMyriads[character];
    if (myriad) {
      total = (total + section + digit || 1) * myriad;
      section = digit = 0;
      last = myriad;
    } else if (by) {
      section += (digit || 1) * by;
      digit = 0;
      last = by;
    } else {
      digit = /^[零一二三四五六七八九]+$/.test(whole)
        ? digit * 10 + hanDigits.indexOf(character)
        : hanDigits.indexOf(character);
      if (character === '零') last = 10;
    }
  }
  const tail = digit * (last >= 100 && !whole.includes('零') ? last / 10 : 1);
  const decimals = fraction
    ? Number(`0.${Array.from(fraction, (character) => hanDigits.indexOf(character)).join('')}`)
    : 0;
  return total + section + tail + decimals;
};

const parseEnglish = (text: string): number => {
  if (/^\d/.test(text)) return Number(text);
  let total = 0;
  let section = 0;
  for (const part of text.split(/[\s-]+/)) {
    const value = englishValues[part];
    if (value === undefined) continue;
    if (value === 100) section = (section || 1) * 100;
    else if (value >= 1000) {
      total += (section || 1) * value;
      section = 0;
    } else section += value;
  }
  return total + section;
};

const parseDecimals = (words: string | undefined): number =>
  words
    ? Number(
        `0.${words
          .split(' ')
          .map((part) => englishValues[part] ?? '')
          .join('')}`,
      )
    : 0;
