import { longestField } from './numbers.ts';

/** In which order a column writes day and month where both are numbers. */
export type DateStyle = { dayFirst: boolean };

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const clock = String.raw`(?:[T ,]+(?:(上午|下午|am|pm)\s*)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(am|pm)?\s*(Z|[+-]\d{2}:?\d{2})?)?`;
const pattern = (date: string) => new RegExp(`^${date}${clock}$`, 'i');
const yearFirst = pattern(String.raw`(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})`);
const compact = pattern(String.raw`((?:19|20)\d{2})(\d{2})(\d{2})`);
const chinese = pattern(String.raw`(\d{4})年(\d{1,2})月(\d{1,2})[日号]?`);
const numbers = pattern(String.raw`(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})`);
const dayMonth = pattern(String.raw`(\d{1,2})(?:st|nd|rd|th)?[-/. ]+([a-z]{3,9})\.?[-/., ]+(\d{4}|\d{2})`);
const monthDay = pattern(String.raw`([a-z]{3,9})[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4})`);
const yearMonth = /^(\d{4})[-/.年](\d{1,2})月?$/;
const monthYear = /^([a-z]{3,9})[-/ .]+(\d{4}|\d{2})$/i;
const quarter = /^(\d{4})[-/ ]?年?第?[qQ]?([1-4一二三四])(?:季度)?$/;
const isoWeek = /^(\d{4})-?[Ww](\d{1,2})$/;
/** A day of the week that stands beside the date says nothing more. */
const weekday =
  /^\s*(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]?\s+|\s*[（(]?(?:星期|周|礼拜)[一二三四五六日天][)）]?\s*$/i;
const quarterMark = /[qQ季]/;

/**
 * A field as ISO 8601 (`2015-03-05`, with `T10:30:00` where it has a time, and its offset where it has one); a month
 * or a quarter is its first day. Null: no date.
 */
export const writtenDate = (field: string, { dayFirst }: DateStyle): string | null => {
  if (field.length > longestField) return null;
  const text = field.normalize('NFKC').replace(weekday, '').trim();
  const found = yearFirst.exec(text) ?? chinese.exec(text) ?? compact.exec(text);
  if (found) return iso(found[1]!, found[2]!, found[3]!, found.slice(4));
  const plain = numbers.exec(text);
  if (plain) {
    const [day, month] = dayFirst ? [plain[1]!, plain[2]!] : [plain[2]!, plain[1]!];
    return iso(plain[3]!, month, day, plain.slice(4));
  }
  const named = dayMonth.exec(text);
  if (named) return iso(named[3]!, monthNumber(named[2]!), named[1]!, named.slice(4));
  const english = monthDay.exec(text);
  if (english) return iso(english[3]!, monthNumber(english[1]!), english[2]!, english.slice(4));
  return wholeMonth(text);
};

const wholeMonth = (text: string): string | null => {
  const month = yearMonth.exec(text);
  if (month) return iso(month[1]!, month[2]!, '1', []);
  const week = isoWeek.exec(text);
  if (week) return mondayOf(Number(week[1]), Number(week[2]));
  const named = monthYear.exec(text);
  if (named) return iso(named[2]!, monthNumber(named[1]!), '1', []);
  const third = quarterMark.test(text) ? quarter.exec(text) : null;
  if (!third) return null;
  const number = '一二三四'.includes(third[2]!) ? '一二三四'.indexOf(third[2]!) + 1 : Number(third[2]);
  return iso(third[1]!, String(3 * number - 2), '1', []);
};

/** ISO 8601: week 1 holds the fourth of January. */
const mondayOf = (year: number, week: number): string | null => {
  if (week < 1 || week > 53 || year < 1 || year > 9998) return null;
  const fourth = new Date(`${String(year).padStart(4, '0')}-01-04T00:00:00Z`);
  const monday = 4 - ((fourth.getUTCDay() + 6) % 7) + 7 * (week - 1);
  return new Date(Date.UTC(year, 0, monday)).toISOString().slice(0, 10);
};

/** Seconds or milliseconds since 1970, from 2001 to 2035, as a moment of UTC. Null: it is none. */
export const unixTime = (field: string): string | null => {
  const text = field.trim();
  if (!/^\d{10}(?:\d{3})?$/.test(text)) return null;
  const milliseconds = Number(text) * (text.length === 10 ? 1000 : 1);
  const year = new Date(milliseconds).getUTCFullYear();
  return year >= 2001 && year <= 2035 ? new Date(milliseconds).toISOString().replace(/\.\d+Z$/, '') : null;
};

/** Tolerance of a twelfth that was rounded to two digits. */
const ofMonth = 0.07;

/** A year with its months as decimals, 1949.0833 for February 1949, as the first day of that month. Null: it is none. */
export const decimalYear = (field: string): string | null => {
  const found = /^\s*(1[5-9]\d{2}|2[01]\d{2})(\.\d+)?\s*$/.exec(field);
  if (!found) return null;
  const months = 12 * Number(found[2] ?? 0);
  const month = Math.round(months);
  if (Math.abs(months - month) > ofMonth) return null;
  return iso(String(Number(found[1]) + (month === 12 ? 1 : 0)), String((month % 12) + 1), '1', []);
};

const monthNumber = (name: string): string => {
  const index = months.indexOf(name.slice(0, 3).toLowerCase());
  return String(index + 1);
};

const iso = (year: string, month: string, day: string, time: (string | undefined)[]): string | null => {
  const [half, hours, minutes, seconds, after, zone] = time;
  const four = year.length === 2 ? (Number(year) < 70 ? 2000 : 1900) + Number(year) : Number(year);
  const date = `${String(four).padStart(4, '0')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const real = new Date(`${date}T00:00:00Z`);
  if (Number(four) < 1 || Number.isNaN(real.getTime()) || real.toISOString().slice(0, 10) !== date) return null;
  if (hours === undefined) return date;
  const afternoon = /下午|pm/i.test(half ?? after ?? '');
  const noon = /上午|am/i.test(half ?? after ?? '') && Number(hours) === 12;
  const hour = noon ? 0 : Number(hours) + (afternoon && Number(hours) < 12 ? 12 : 0);
  if (hour > 24 || Number(minutes) > 59) return null;
  return `${date}T${String(hour).padStart(2, '0')}:${minutes}:${seconds ?? '00'}${zone ?? ''}`;
};

/** By the fields that can be read in one way only; without such, months come first between slashes. */
export const dateStyle = (fields: string[]): DateStyle => {
  const found = fields
    .map((field) => numbers.exec(field.normalize('NFKC').replace(weekday, '').trim()))
    .filter((match) => match !== null);
  const first = found.some((match) => Number(match[1]) > 12);
  const second = found.some((match) => Number(match[2]) > 12);
  const dots = found.length > 0 && found.every((match) => match[0].includes('.') && !match[0].includes('/'));
  return { dayFirst: first || (!second && dots) };
};
