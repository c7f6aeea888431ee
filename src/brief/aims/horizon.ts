import { matches, type Span } from '../text/span.ts';
import type { Quantity } from '../text/units.ts';

export type Horizon = Span & { value: number; unit: string };

const ahead =
  /(?:未来|接下来|今后|往后|后面?|提前|下|(?<![a-z])(?:next|following|coming|upcoming|ahead))\s?(?:的)?\s?$/;
const behind = /^\s?(?:后|之后|以后|ahead|in advance|from now|into the future)/;
const words: readonly (readonly [RegExp, string])[] = [
  [
    /明天|明日|次日|第二天|下一?个?(?:交易日|工作日)|(?<![a-z])(?:tomorrow|(?:the )?(?:next|following) day)(?![a-z])/g,
    'days',
  ],
  [/下一?个?小时|(?<![a-z])(?:the )?(?:next|following) hour(?![a-z])/g, 'hours'],
  [/下一?个?(?:周|星期)|(?<![a-z])(?:the )?(?:next|following|coming) week(?![a-z])/g, 'weeks'],
  [/下一?个?月|(?<![a-z])(?:the )?(?:next|following|coming) month(?![a-z])/g, 'months'],
  [/下一?个?季度?|(?<![a-z])(?:the )?(?:next|following|coming) quarter(?![a-z])/g, 'quarters'],
  [/明年|(?<![a-z])(?:the )?(?:next|following|coming) year(?![a-z])/g, 'years'],
];

/** How far a forecast must look: an amount such as "the next 24 hours", else a word such as "tomorrow". */
export const findHorizon = (text: string, quantities: Quantity[]): Horizon | null => {
  const named = quantities.find(
    ({ start, end, dimension, factor }) =>
      dimension === 'time' &&
      factor >= 60 &&
      (ahead.test(text.slice(Math.max(0, start - 12), start)) || behind.test(text.slice(end))),
  );
  if (named) return { start: named.start, end: named.end, value: named.amount, unit: named.unit! };
  for (const [pattern, unit] of words) {
    const [span] = matches(text, pattern);
    if (span) return { start: span.start, end: span.end, value: 1, unit };
  }
  return null;
};
