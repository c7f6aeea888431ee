import type { Span } from './span.ts';

const sentenceEnd = /[。!?;\n]+|\.(?=\s|$|[^\d\w])/g;
const clauseEnd =
  /[，、:]|(?<!\d),|,(?!\d{3}(?!\d))|[。!?;\n]+|\.(?=\s|$)|\s(?=(?:and|but|while|with|plus)\s)|(?=(?:并且|而且|同时|另外|但是?|且))/g;

export type Clauses = {
  /** True when no sentence ends between the two. */
  sameSentence: (a: Span, b: Span) => boolean;
  /** Number of commas and connectives between the two. */
  breaksBetween: (a: Span, b: Span) => number;
  clauseOf: (span: Span) => Span;
  sentenceOf: (span: Span) => Span;
};

/** Sentence and clause borders of a normalised brief. A comma or dot inside a number is none. */
export const findClauses = (text: string): Clauses => {
  const sentences = borders(text, sentenceEnd);
  const clauses = borders(text, clauseEnd);
  const count = (list: number[], a: Span, b: Span) => {
    const [low, high] = a.end <= b.start ? [a.end, b.start] : [b.end, a.start];
    return list.filter((position) => position >= low && position <= high).length;
  };
  return {
    sameSentence: (a, b) => count(sentences, a, b) === 0,
    breaksBetween: (a, b) => count(clauses, a, b),
    clauseOf: (span) => enclosing(clauses, span, text.length),
    sentenceOf: (span) => enclosing(sentences, span, text.length),
  };
};

const borders = (text: string, pattern: RegExp): number[] => [...text.matchAll(pattern)].map((match) => match.index);

const enclosing = (list: number[], span: Span, length: number): Span => ({
  start: Math.max(0, ...list.filter((position) => position < span.start).map((position) => position + 1)),
  end: Math.min(length, ...list.filter((position) => position >= span.end)),
});
