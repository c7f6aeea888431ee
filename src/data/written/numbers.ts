import { parseHan } from '../../brief/text/numbers.ts';

/** How a column writes its numbers, beyond plain digits; the mark of a decimal comma holds for the whole column. */
export type NumberStyle = { decimalComma: boolean };

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
};
const plain = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const points = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const spaces = /^\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+(?:[.,]\d+)?$/;
const commas = /^\d{1,3}(?:\.\d{3})+,\d+$|^\d+,\d+$/;
const han = /^[负]?[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?$/;

/**
 * The number that a field writes: with thousands separators, a currency, a percent sign (the number before it), 万 or
 * 亿, Chinese numerals, full-width digits, or parentheses for negative. Null: none of these.
 */
export const writtenNumber = (field: string, { decimalComma }: NumberStyle): number | null => {
  let text = field.normalize('NFKC').trim();
  if (text === '') return null;
  let sign = 1;
  const inParentheses = /^\((.+)\)$/.exec(text);
  if (inParentheses) [sign, text] = [-1, inParentheses[1]!.trim()];
  text = text.replace(currency, '').replace(currency, '').trim();
  if (/^[-−–]/.test(text)) [sign, text] = [-sign, text.slice(1).trim()];
  text = text
    .replace(/^\+/, '')
    .replace(currency, '')
    .replace(/\s*[%％‰]$/, '')
    .trim();
  if (han.test(text)) return sign * parseHan(text.replaceAll('两', '二').replaceAll('〇', '零'));
  const scaled = /^(.*?\d)\s*(百万|千万|百|千|万|亿|k|mn|bn)$/i.exec(text);
  const value = digits(scaled ? scaled[1]! : text, decimalComma);
  return value === null
    ? null
    : sign * Number((value * (scaled ? scales[scaled[2]!.toLowerCase()]! : 1)).toPrecision(15));
};

const digits = (text: string, decimalComma: boolean): number | null => {
  if (plain.test(text)) return Number(text);
  if (decimalComma && (commas.test(text) || /^\d{1,3}(?:\.\d{3})+$/.test(text)))
    return Number(text.replaceAll('.', '').replace(',', '.'));
  if (points.test(text)) return Number(text.replaceAll(',', ''));
  if (spaces.test(text)) return Number(text.replaceAll(/[ '’\u00a0\u202f]/g, '').replace(',', '.'));
  return null;
};

/** A comma is a decimal mark where some field shows that it is none for thousands, and no field the opposite. */
export const numberStyle = (fields: string[]): NumberStyle => {
  const bare = fields.map((field) => field.normalize('NFKC').replaceAll(/[^\d.,]/g, ''));
  const shows = (pattern: RegExp) => bare.some((field) => pattern.test(field));
  const decimal = shows(/^\d+,(?:\d{1,2}|\d{4,})$/) || shows(/\.\d{3},\d+$/);
  const thousands = shows(/,\d{3}\.\d/) || shows(/^\d{1,3}(?:,\d{3}){2,}$/);
  return { decimalComma: decimal && !thousands };
};
