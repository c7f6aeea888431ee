import {
  type Item,
  type Operator,
  type Question,
  type Requirements,
  requirementsSchema,
  type TaskFamily,
  taskFamilies,
} from '../artifacts/requirements.ts';
import { isQuality, type Subject, wordOf } from '../artifacts/vocabulary.ts';
import { type Aims, decideAims } from './aims/aims.ts';
import { findClauses } from './text/clauses.ts';
import { type Condition, findConditions } from './demands/constraints.ts';
import type { DataProfile } from './data-profile.ts';
import { findDeadline } from './demands/deadline.ts';
import { type Demand, findDemands } from './demands/demands.ts';
import { type Draft, numberItems } from './draft.ts';
import { findHorizon } from './aims/horizon.ts';
import { detectLanguage, type Language, normalise } from './text/language.ts';
import { chooseMetric, type MetricChoice } from './aims/metric.ts';
import { unitInName } from './text/names.ts';
import { findPositiveClass } from './aims/positive-class.ts';
import { nameProject } from './project-name.ts';
import { askQuestions, mostQuestions, type QuestionDraft, taskLabels } from './questions.ts';
import { settleDemands } from './demands/settle-demands.ts';
import type { Span } from './text/span.ts';

export type ExtractOptions = {
  language?: Language;
  profile?: DataProfile | null;
  /** Question id to the chosen value. */
  answers?: Record<string, string>;
  answeredBy?: 'person' | 'recommended';
  /** Items and questions below it are asked about. */
  minimumScore?: number;
  /** Service levels taken where the brief says nothing. */
  defaults?: { subject: Subject; op: Operator; value: number; unit: string | null }[];
};

/**
 * A few vague sentences, Chinese or English, to requirements. Pure: the same brief, data and answers give the same
 * result, and the brief is only ever read as text. Units and operators follow `artifacts/vocabulary.ts` and
 * `operators.ts`: limits in words are inclusive, "more than" and "less than" are strict.
 */
export const extractRequirements = (brief: string, options: ExtractOptions = {}): Requirements => {
  const { profile = null, answers = {}, minimumScore = 0.6, defaults = [] } = options;
  const detected = detectLanguage(brief);
  const language = options.language ?? (detected === 'zh' ? 'zh' : 'en');
  const reading = read(brief, { profile, answers, readable: detected !== 'other' });
  const { aims, metric } = reading;
  const drafts = [
    ...goals(brief, reading),
    ...levels(brief, reading, { answers, defaults }),
    ...conditions(brief, reading),
  ];
  const items = numberItems(drafts, language);
  const doubts = {
    ...reading,
    language,
    minimumScore,
    profile,
    aims: reading.unanswered,
    task: aims.task.task,
    metric: metric?.metric ?? null,
  };
  const questions = withConfirmation(askQuestions(doubts), { items, language, minimumScore });
  const kept = dropRefused(items, { questions, answers, language, minimumScore });
  return requirementsSchema.parse({
    project: nameProject(reading.text, { profile, task: aims.task.task, target: aims.target.name }),
    title: titleOf(brief, { language, aims }),
    language,
    brief,
    task: aims.task.task,
    target: aims.target.name,
    metric: metric?.metric ?? null,
    positive_class: reading.positiveClass,
    items: kept,
    questions: questions.map((question) =>
      toQuestion(question, { items: kept, profile, answers, by: options.answeredBy ?? 'person' }),
    ),
  } satisfies Requirements);
};

type Answers = Record<string, string>;
type Reading = ReturnType<typeof read>;

const read = (
  brief: string,
  { profile, answers, readable }: { profile: DataProfile | null; answers: Answers; readable: boolean },
) => {
  const text = normalise(brief);
  const clauses = findClauses(text);
  const { demands, quantities, mentions } = findDemands(text);
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
  return {
    text,
    readable,
    unanswered,
    aims,
    settled,
    metric: chooseMetric(text, { task: aims.task.task, mentions, demands: settled.demands, clauseText }),
    positiveClass: findPositiveClass(text, { task: aims.task.task, target: aims.target.column }),
    horizon: aims.task.task === 'time_series_forecasting' ? findHorizon(text, quantities) : null,
    conditions: [...findConditions(text), ...(deadline ? [deadline] : [])],
    vagueSpeed:
      isVaguelyFast(text) && !demands.some(({ subject }) => subject.startsWith('latency') || subject === 'throughput'),
  };
};

const isVaguelyFast = (text: string): boolean =>
  /(?:要|尽量|足够|尽可能|越)[^，。;]{0,4}快|速度快|实时|秒回|(?<![a-z])(?:fast|quick(?:ly)?|real[\s-]?time|instant(?:ly)?|low latency)(?![a-z])/.test(
    text,
  );

const goals = (brief: string, { aims, metric, positiveClass, horizon, readable }: Reading): Draft[] => {
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

const levels = (
  brief: string,
  reading: Reading,
  { answers, defaults }: { answers: Answers; defaults: NonNullable<ExtractOptions['defaults']> },
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

const conditions = (brief: string, { conditions: found }: Reading): Draft[] => {
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

type Numbered = { items: Item[]; language: Language; minimumScore: number };

/** Unsure items that no question covers are put to a person in one question. */
const withConfirmation = (questions: QuestionDraft[], { items, language, minimumScore }: Numbered): QuestionDraft[] => {
  const covered = (list: QuestionDraft[]) => new Set(list.flatMap(({ subjects }) => subjects));
  const unsure = (list: QuestionDraft[]) =>
    items.filter(({ confidence, subject }) => confidence < minimumScore && !covered(list).has(subject));
  if (unsure(questions).length === 0) return questions;
  const first = questions.slice(0, mostQuestions - 1);
  const open = unsure(first);
  const zh = language === 'zh';
  const names = open
    .map(({ subject, op, value }) => `${wordOf(subject).label[language]} ${op} ${value}`)
    .join(zh ? '；' : '; ');
  return [
    ...first,
    {
      id: 'Q-confirm',
      subjects: [...new Set(open.map(({ subject }) => subject))],
      text: zh ? `这样理解对吗：${names}？` : `Is this what is meant: ${names}?`,
      why: zh ? '这些要求读得不确定，会成为验收条件。' : 'These were read with doubt and would become gates.',
      recommended: 'keep',
      options: [
        { value: 'keep', label: zh ? '对' : 'yes', changes: zh ? '按所写验收' : 'they are judged as written' },
        {
          value: 'drop',
          label: zh ? '去掉' : 'drop them',
          changes: zh ? '不再验收这些要求' : 'they are no longer judged',
        },
      ],
      score: Math.min(...open.map(({ confidence }) => confidence)),
      follow_up: zh ? '未回答则保留。' : 'Without an answer they are kept.',
    },
  ];
};

type Answering = { items: Item[]; profile: DataProfile | null; answers: Answers; by: 'person' | 'recommended' };

const toQuestion = ({ subjects, ...question }: QuestionDraft, { items, profile, answers, by }: Answering): Question => {
  const value = answers[question.id];
  return {
    ...question,
    about: items.filter(({ subject }) => subjects.includes(subject)).map(({ id }) => id),
    answer: value !== undefined && isPossible(question, value, profile) ? { value, by } : null,
  };
};

/** An offered option, a number, or a column; anything else leaves the question open. */
const isPossible = (
  { id, options }: { id: string; options: Question['options'] },
  value: string,
  profile: DataProfile | null,
): boolean =>
  options.some((option) => option.value === value) ||
  (/^Q-(?:conflict|impossible|latency|quality)/.test(id) && value.trim() !== '' && Number.isFinite(Number(value))) ||
  (id === 'Q-target' && (profile?.columns.some(({ name }) => name === value) ?? false));

type Refusal = { questions: QuestionDraft[]; answers: Answers; language: Language; minimumScore: number };

/** "Drop them" to the confirmation takes the unsure items out; the rest are numbered anew. */
const dropRefused = (items: Item[], { questions, answers, language, minimumScore }: Refusal): Item[] => {
  const asked = questions.find(({ id }) => id === 'Q-confirm');
  if (!asked || answers['Q-confirm'] !== 'drop') return items;
  const kept = items.filter(
    ({ subject, confidence }) => confidence >= minimumScore || !asked.subjects.includes(subject),
  );
  return numberItems(
    kept.map(({ id: _id, kind: _kind, measured_by: _measure, ...draft }) => draft),
    language,
  );
};

const titleOf = (brief: string, { language, aims }: { language: Language; aims: Aims }): string => {
  const task: TaskFamily | null = aims.task.task;
  const first =
    brief
      .trim()
      .split(/[。.!！?？\n]/)[0]
      ?.trim() ?? '';
  const label = task ? taskLabels[task][language === 'zh' ? 0 : 1] : '';
  return first.length > 0 ? first.slice(0, 80) : label || 'ML project';
};
