/** "Miles_per_Gallon" and "temp_max" as lower-case words: "miles per gallon", "temp max"; units in brackets go. */
export const wordsOf = (name: string): string =>
  name
    .replace(/[([（【].*?[)\]）】]/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase();

/** The unit in brackets behind a column's name: "Body Mass (g)" has g. */
export const unitInName = (name: string): string | null =>
  /[([（【]\s*([^)\]）】]{1,12}?)\s*[)\]）】]\s*$/.exec(name)?.[1] ?? null;

export const initialsOf = (name: string): string =>
  wordsOf(name)
    .split(' ')
    .map((word) => word[0] ?? '')
    .join('');

export const kebab = (name: string): string =>
  wordsOf(name.normalize('NFKD').replace(/\p{M}/gu, ''))
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
