import { normalise } from '../../brief/text/language.ts';
import { type Figures, noFigures } from './figures.ts';

const number = String.raw`[$€£¥￥]?\s?(\d[\d,]*(?:\.\d+)?)\s?(k|m|million|万|亿)?`;
const find = (text: string, ...patterns: string[]): number | null => {
  for (const pattern of patterns) {
    const [, digits, scale = ''] = new RegExp(pattern.replace('NUMBER', number)).exec(text) ?? [];
    if (digits !== undefined) return Number(digits.replaceAll(',', '')) * (scales[scale] ?? 1);
  }
  return null;
};
const scales: Record<string, number> = { k: 1e3, m: 1e6, million: 1e6, 万: 1e4, 亿: 1e8 };
const share = String.raw`(\d+(?:\.\d+)?)\s?%`;
const percent = (text: string, pattern: string): number | null => {
  const found = new RegExp(pattern.replace('SHARE', share)).exec(text)?.[1];
  return found === undefined ? null : Number(found) / 100;
};

export type PriceChange = {
  figures: Figures;
  /** Contribution margins of a year. */
  before: number;
  after: number;
  /** Change of the volume at which nothing is won or lost. */
  turning: number;
  /** Shares of the planned gain where the volume reacts not at all, as planned, and three times as much. */
  spread: [number, number, number];
};

/**
 * A question of price: pieces a year, price, cost of a piece, by how much the price changes and the volume with it. What
 * it changes in a year's contribution margin is its return; null: this is no such question, or a figure is missing.
 */
export const priceChange = (query: string): PriceChange | null => {
  const text = normalise(query);
  const volume = find(text, 'sell(?:s|ing)? NUMBER', '(?:年销量|销量|卖出)\\D{0,4}NUMBER', 'NUMBER (?:units|pieces)');
  const price = find(text, '(?:at|price of|priced at|for) NUMBER', '(?:单价|售价|价格)\\D{0,4}NUMBER');
  const cost = find(
    text,
    '(?:unit|variable) costs? (?:of |is )?NUMBER',
    '(?:单位成本|单件成本|变动成本)\\D{0,4}NUMBER',
  );
  const up = percent(text, '(?:raise|increase|涨价|提价|提高)\\D{0,24}?SHARE');
  const down = percent(text, '(?:cut|lower|reduce|降价|下调)\\D{0,24}?SHARE');
  const lost = percent(text, '(?:los[es]|drop|fall|减少|流失|下降)\\D{0,12}?SHARE');
  const won = percent(text, '(?:gain|grow|win|增加|增长)\\D{0,12}?SHARE');
  const change = up ?? (down === null ? null : -down);
  const shift = up !== null && lost !== null ? -lost : down !== null && won !== null ? won : null;
  if (volume === null || price === null || cost === null || change === null || shift === null) return null;
  const before = volume * (price - cost);
  const margin = price * (1 + change) - cost;
  const gain = (share: number) => volume * (1 + share) * margin - before;
  const planned = gain(shift);
  if (margin <= 0 || planned === 0) return null;
  const ends = [gain(shift < 0 ? 3 * shift : 0) / planned, gain(shift < 0 ? 0 : 3 * shift) / planned];
  return {
    figures: { ...noFigures(), investment: 0, annual: planned },
    before,
    after: before + planned,
    turning: before / (volume * margin) - 1,
    spread: [Math.min(...ends), 1, Math.max(...ends)],
  };
};
