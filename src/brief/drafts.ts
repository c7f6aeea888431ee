import type { Operator } from '../artifacts/requirements.ts';
import { isQuality, type Subject, wordOf } from '../artifacts/vocabulary.ts';
import type { MetricChoice } from './aims/metric.ts';
import type { Condition } from './demands/constraints.ts';
import type { Demand } from './demands/demands.ts';
import type { Draft } from './draft.ts';
import type { Answers, Reading } from './reading.ts';
import { unitInName } from './text/names.ts';
import type { Span } from './text/span.ts';

/** A service level that is taken where the brief says nothing. */
export type DefaultLevel = { subject: Subject; op: Operator; value: number; unit: string | null };

export const goals = (brief: string, { aims, metric, positiveClass, horizon, readable }: Reading): Draft[] => {
  const { task, target } = aims;
  const goal = (subject: Subject, value: string | number, rest: Partial<Draft>): Draft => ({
    subject,
    value,
    unit: null,
    source: 'inferred',
    quote: null,
    confidence: 0.9,
    ...rest,
  });
  return [
    ...(task.task
      ? [goal('task', task.task, { confidence: task.confidence })]
      : [goal('task', 'unknown', { confidence: 0.2 })]),
    ...(target.name
      ? [
          goal('target', target.name, {
            quote: target.words && cut(brief, target.words),
            confidence: target.confidence,
          }),
        ]
      : []),
    ...(metric ? [metricGoal(brief, metric, goal)] : []),
    ...(positiveClass ? [goal('positive_class', positiveClass, { confidence: 0.85 })] : []),
    ...(horizon
      ? [goal('horizon', horizon.value, { unit: horizon.unit, source: 'stated', quote: cut(brief, horizon) })]
      : []),
  ].map((draft) => (readable ? draft : { ...draft, confidence: Math.min(draft.confidence, 0.4) }));
};

type Goal = (subject: Subject, value: string, rest: Partial<Draft>) => Draft;

const metricGoal = (brief: string, { metric, source, words, confidence }: MetricChoice, goal: Goal): Draft =>
  goal('metric', metric, { source, quote: words && cut(brief, words), confidence });

export const levels = (
  brief: string,
  reading: Reading,
  { answers, defaults }: { answers: Answers; defaults: DefaultLevel[] },
): Draft[] => {
  const stated = reading.settled.demands.map((demand) => levelOf(brief, demand, reading));
  const added = [...answeredLevels(answers, reading)];
  const family = ({ subject }: { subject: Subject }) => (subject.startsWith('latency') ? 'latency' : subject);
  const silent = defaults.filter((level) => ![...stated, ...added].some((other) => family(other) === family(level)));
  return [
    ...stated,
    ...added,
    ...silent.map((level): Draft => ({ ...level, source: 'default', quote: null, confidence: 0.8 })),
  ];
};

const levelOf = (brief: string, demand: Demand, { aims }: Reading): Draft => {
  const { subject, op, value, unit, quote, confidence, note } = demand;
  const column = aims.target.column;
  const fallback = (subject === 'mae' || subject === 'rmse') && column ? unitInName(column.name) : null;
  return {
    subject,
    op,
    value,
    unit: unit ?? fallback,
    source: 'stated',
    quote: cut(brief, quote),
    confidence,
    ...(note ? { note } : {}),
  };
};

/** Demands that exist only because a question was answered with a number. */
const answeredLevels = (answers: Answers, { metric, vagueSpeed, settled }: Reading): Draft[] => {
  const level = (subject: Subject, value: number): Draft[] =>
    Number.isFinite(value) && value > 0
      ? [
          {
            subject,
            op: wordOf(subject).better === 'lower' ? '<=' : '>=',
            value,
            unit: wordOf(subject).unit,
            source: 'inferred',
            quote: null,
            confidence: 1,
            note: 'from an answer',
          },
        ]
      : [];
  const open = metric && !settled.demands.some(({ subject }) => isQuality(subject));
  return [
    ...(vagueSpeed ? level('latency_p95', Number(answers['Q-latency'])) : []),
    ...(open ? level(metric.metric, Number(answers['Q-quality'])) : []),
  ];
};

export const conditions = (brief: string, { conditions: found }: Reading): Draft[] => {
  const stated = found.map(
    (condition: Condition): Draft => ({
      subject: condition.subject,
      value: condition.value,
      unit: null,
      source: 'stated',
      quote: cut(brief, condition),
      confidence: condition.confidence,
      ...(condition.note ? { note: condition.note } : {}),
    }),
  );
  const silent = (subject: Subject, value: string): Draft => ({
    subject,
    value,
    unit: null,
    source: 'default',
    quote: null,
    confidence: 0.7,
  });
  const hasDeliverable = found.some(({ subject }) => wordOf(subject).kind === 'deliverable');
  const hasHardware = found.some(({ subject }) => subject === 'hardware');
  return [
    ...stated,
    ...(hasHardware ? [] : [silent('hardware', 'cpu')]),
    ...(hasDeliverable ? [] : [silent('http_api', 'http_api')]),
  ];
};

const cut = (brief: string, { start, end }: Span): string => brief.slice(start, end).trim();
