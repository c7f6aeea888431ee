/** A half-open stretch of the brief, in UTF-16 units. */
export type Span = { start: number; end: number };

export const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

/** Characters between two spans; 0 when they touch or overlap. */
export const gap = (a: Span, b: Span): number => Math.max(0, a.start - b.end, b.start - a.end);

export const between = (text: string, a: Span, b: Span): string =>
  a.end <= b.start ? text.slice(a.end, b.start) : text.slice(b.end, Math.max(b.end, a.start));

/** All matches of a global pattern, as spans. */
export const matches = (text: string, pattern: RegExp): (Span & { match: RegExpMatchArray })[] =>
  [...text.matchAll(pattern)]
    .filter((match) => match[0].length > 0)
    .map((match) => ({ start: match.index, end: match.index + match[0].length, match }));

/** Keeps the longest of overlapping spans, the earlier of equal ones; in order of position. */
export const longestFirst = <T extends Span>(spans: T[]): T[] => {
  const kept: T[] = [];
  for (const span of spans.toSorted((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start)) {
    if (!kept.some((other) => overlaps(other, span))) kept.push(span);
  }
  return kept.toSorted((a, b) => a.start - b.start);
};
