/** As `values.words` of the projects: runs of letters and digits in lower case, Han and kana one by one. */
const word = /[\u3040-\u30ff\u3400-\u9fff]|(?:(?![\u3040-\u30ff\u3400-\u9fff])[\p{L}\p{N}])+/gu;

export const wordsOf = (text: string): string[] => text.toLowerCase().match(word) ?? [];

/** The share of a text's words that were frequent in training; null where it has no word. */
export const familiarShare = (text: string, frequent: Set<string>): number | null => {
  const words = wordsOf(text);
  return words.length === 0 ? null : words.filter((one) => frequent.has(one)).length / words.length;
};

/** The length of a text as the projects normalise it: composed characters, one space for each run of white space. */
export const charactersIn = (text: string): number =>
  [...text.normalize('NFC').split(/\s+/u).filter(Boolean).join(' ')].length;
