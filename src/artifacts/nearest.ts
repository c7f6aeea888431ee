/** The candidate with the smallest edit distance (Levenshtein 1966), or null where all are further than half the length. */
export const nearest = (text: string, candidates: readonly string[]): string | null => {
  const ranked = candidates
    .map((one) => ({ one, distance: distance(text, one) }))
    .sort((a, b) => a.distance - b.distance);
  const [first] = ranked;
  return first && first.distance <= Math.max(2, text.length / 2) ? first.one : null;
};

const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, change));
    }
    row = next;
  }
  return row[b.length]!;
};
