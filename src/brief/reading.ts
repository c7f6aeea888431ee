import { taskFamilies } from '../artifacts/requirements.ts';
import { decideAims } from './aims/aims.ts';
import { findHorizon } from './aims/horizon.ts';
import { chooseMetric } from './aims/metric.ts';
import { findPositiveClass } from './aims/positive-class.ts';
import type { DataProfile } from './data-profile.ts';
import { findConditions } from './demands/constraints.ts';
import { findDeadline } from './demands/deadline.ts';
import { findDemands } from './demands/demands.ts';
import { settleDemands } from './demands/settle-demands.ts';
import { findClauses } from './text/clauses.ts';
import { normalise } from './text/language.ts';
import { overlaps, type Span } from './text/span.ts';

/** Question id to the value that was chosen. */
export type Answers = Record<string, string>;

export type Reading = ReturnType<typeof readBrief>;

/** Everything that the brief and the answers say, before it becomes items. */
export const readBrief = (
  brief: string,
  { profile, answers, readable }: { profile: DataProfile | null; answers: Answers; readable: boolean },
) => {
  const text = normalise(brief);
  const clauses = findClauses(text);
  const { demands, quantities, mentions, unread } = findDemands(text);
  const basis = { profile, subjects: demands.map(({ subject }) => subject), mentions, readable };
  const unanswered = decideAims(text, { ...basis, answered: {} });
  const aims = decideAims(text, {
    ...basis,
    answered: { task: taskFamilies.find((task) => task === answers['Q-task']), target: answers['Q-target'] },
  });
  const settled = settleDemands(demands, { task: aims.task.task, answer: (id) => answers[id] });
  const clauseText = (span: Span) => {
    const { start, end } = clauses.clauseOf(span);
    return text.slice(start, end);
  };
  const deadline = findDeadline(text, quantities);
  const horizon = aims.task.task === 'time_series_forecasting' ? findHorizon(text, quantities) : null;
  const conditions = [...findConditions(text), ...(deadline ? [deadline] : [])];
  const read = [...(horizon ? [horizon] : []), ...conditions];
  return {
    text,
    readable,
    unanswered,
    aims,
    settled,
    metric: chooseMetric(text, { task: aims.task.task, mentions, demands: settled.demands, clauseText }),
    positiveClass: findPositiveClass(text, { task: aims.task.task, target: aims.target.column }),
    horizon,
    conditions,
    /** Limits that became no item: what they are about is not in the vocabulary. */
    unread: unread.filter((span) => !read.some((other) => overlaps(span, other))),
    vagueSpeed:
      isVaguelyFast(text) && !demands.some(({ subject }) => subject.startsWith('latency') || subject === 'throughput'),
  };
};

const isVaguelyFast = (text: string): boolean =>
  /(?:要|尽量|足够|尽可能|越)[^，。;]{0,4}快|速度快|实时|秒回|(?<![a-z])(?:fast|quick(?:ly)?|real[\s-]?time|instant(?:ly)?|low latency)(?![a-z])/.test(
    text,
  );
