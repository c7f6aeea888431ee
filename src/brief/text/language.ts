export type Language = 'zh' | 'en';

/** `other` is a language that the rules do not read; the brief is then kept, trusted little and asked about. */
export type DetectedLanguage = Language | 'other';

const foreignWords =
  /(?<![a-z])(le|la|les|des|une|est|pour|avec|dans|sur|qui|der|die|und|das|mit|nicht|für|ein|eine|el|los|las|para|con|una|que|il|di|per|non|um|uma|não|com)(?![a-z])/giu;
const englishWords =
  /(?<![a-z])(the|a|an|of|for|to|and|is|are|we|in|on|with|from|must|should|be|at|by|it|our|which|that)(?![a-z])/giu;

export const detectLanguage = (text: string): DetectedLanguage => {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  const han = count(/\p{Script=Han}/gu);
  const kana = count(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu);
  const latin = count(/[a-zÀ-ÿ]+/giu);
  const rest = count(/[\p{Script=Hangul}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Thai}\p{Script=Devanagari}]/gu);
  if (rest > han + latin) return 'other';
  if (kana > 0.2 * (han + kana) && kana > 2) return 'other';
  if (han > 0 && han >= 0.25 * latin) return 'zh';
  return count(foreignWords) > count(englishWords) ? 'other' : 'en';
};

/**
 * Lower case and half-width, character by character, so that a position in the result is a position in the brief
 * and every quote is an exact substring.
 */
export const normalise = (text: string): string =>
  Array.from({ length: text.length }, (_, index) => normaliseUnit(text[index]!)).join('');

const punctuation: Record<string, string> = { '，': '，', '　': ' ', '’': "'", '‘': "'", '–': '-', '—': '-', '−': '-' };

const normaliseUnit = (unit: string): string => {
  const known = punctuation[unit];
  if (known !== undefined) return known;
  const code = unit.charCodeAt(0);
  const half = code >= 0xff01 && code <= 0xff5e ? String.fromCharCode(code - 0xfee0) : unit;
  const lower = half.toLowerCase();
  return lower.length === 1 ? lower : half;
};
