import { parseHan } from '../../brief/text/numbers.ts';

/** How a column writes its numbers, beyond plain digits: what holds for the whole column. */
export type NumberStyle = {
  decimalComma: boolean;
  /** 1.234 are thousands: commas are decimal marks, and no field has a decimal point. */
  thousandsDot: boolean;
  /** Stands behind every number, such as ㎡ or kg; null: there is none. */
  unit: string | null;
};

const currency =
  /^(?:[$€£¥￥₩₹₽฿]|us\$|hk\$|nt\$|rmb|cny|usd|eur|gbp|jpy|hkd)\s*|\s*(?:[$€£¥￥₩₹₽฿]|元|块|圆|美元|欧元|人民币|rmb|cny|usd|eur|gbp|jpy|hkd)$/i;
const scales: Record<string, number> = {
  百: 1e2,
  千: 1e3,
  万: 1e4,
  百万: 1e6,
  千万: 1e7,
  亿: 1e8,
  k: 1e3,
  mn: 1e6,
  bn: 1e9,
  m: 1e6,
  b: 1e9,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
};
const plain = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const points = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const spaces = /^\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+(?:[.,]\d+)?$/;
const commas = /^\d{1,3}(?:\.\d{3})+,\d+$|^\d+,\d+$|^[1-9]\d{0,2}(?:\.\d{3}){2,}$/;
const dotted = /^[1-9]\d{0,2}\.\d{3}$/;
/** A longer field is no number, and no date. */
export const longestField = 64;
const han = /^[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?$/;

/**
 * The number that a field writes: with thousands separators, a currency, a percent sign (the number before it), 万 or
 * 亿, Chinese numerals, full-width digits, or parentheses for negative. Null: none of these.
 */
export const writtenNumber = (field: string, { unit, ...marks }: NumberStyle): number | null => {
  if (field.length > longestField) return null;
  const bare = field.trim();
  let text = (unit !== null && bare.endsWith(unit) ? bare.slice(0, -unit.length) : bare).normalize('NFKC').trim();
  if (text === '') return null;
  let sign = 1;
  const inParentheses = /^\((.+)\)$/.exec(text);
  if (inParentheses) [sign, text] = [-1, inParentheses[1]!.trim()];
  const isMoney = currency.test(text);
  text = text.replace(currency, '').replace(currency, '').trim();
  if (/^[-−–负]/.test(text)) [sign, text] = [-sign, text.slice(1).trim()];
  text = text
    .replace(/^\+/, '')
    .replace(currency, '')
    .replace(/\s*[%％‰]$/, '')
    .trim();
  if (han.test(text)) {
    const count = parseHan(text.replaceAll('两', '二').replaceAll('〇', '零'));
    return Number.isFinite(count) ? sign * count : null;
  }
  // 2B is a base or a room, $2B and 1.5B are amounts; a small m is metres.
  const amount = isMoney || /\.\d|\d{3}/.test(text);
  const scaled =
    /^(.*?\d)\s*(百万|千万|百|千|万|亿|k|mn|bn|(?:thousand|million|billion|trillion)s?)$/i.exec(text) ??
    (amount ? /^(.*?\d)\s*([MB])$/.exec(text) : null);
  const value = digits(scaled ? scaled[1]! : text, marks);
  return value === null
    ? null
    : sign *
        Number(
          (value * (scaled ? scales[scaled[2]!.toLowerCase().replace(/(?<=illion|thousand)s$/, '')]! : 1)).toPrecision(
            15,
          ),
        );
};

const digits = (text: string, { decimalComma, thousandsDot }: Omit<NumberStyle, 'unit'>): number | null => {
  if ((decimalComma && commas.test(text)) || (thousandsDot && dotted.test(text)))
    return Number(text.replaceAll('.', '').replace(',', '.'));
  if (plain.test(text)) return Number(text);
  if (points.test(text)) return Number(text.replaceAll(',', ''));
  if (spaces.test(text)) return Number(text.replaceAll(/[ '’\u00a0\u202f]/g, '').replace(',', '.'));
  return null;
};

/** Fewer different fields than this may be labels, such as 1级 and 2级, that keep their unit. */
const fewestOfUnit = 13;
const unitShare = 0.98;

/** The words behind the numbers of nearly all fields, where they are the same and say nothing of the size. */
const unitOf = (fields: string[]): string | null => {
  if (fields.length < fewestOfUnit) return null;
  const found = fields.map((field) => /^[+-]?[\d.,\s]*\d\s*([^\d\s.,+-][^\d]{0,9}|m[23])$/.exec(field.trim())?.[1]);
  const unit = found.find((one) => one !== undefined);
  if (unit === undefined || found.filter((one) => one === unit).length < unitShare * fields.length) return null;
  return writtenNumber(`1${unit}`, { decimalComma: false, thousandsDot: false, unit: null }) === null ? unit : null;
};

/** A comma is a decimal mark where some field shows that it is none for thousands, and no field the opposite. */
export const numberStyle = (fields: string[]): NumberStyle => {
  const unit = unitOf(fields);
  const bare = fields.map((field) => field.normalize('NFKC').replaceAll(/[^\d.,]/g, ''));
  const shows = (pattern: RegExp) => bare.some((field) => pattern.test(field));
  const decimal = shows(/^\d+,(?:\d{1,2}|\d{4,})$/) || shows(/\.\d{3},\d+$/);
  const thousands = shows(/,\d{3}\.\d/) || shows(/^\d{1,3}(?:,\d{3}){2,}$/);
  const decimalPoints = shows(/^\d+\.(?:\d{1,2}|\d{4,})$/) || shows(/^0\.\d/);
  return { decimalComma: decimal && !thousands, thousandsDot: decimal && !thousands && !decimalPoints, unit };
};
