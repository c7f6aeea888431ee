import { type Requirements, requirementsSchema, type TaskFamily } from '../artifacts/requirements.ts';
import type { Aims } from './aims/aims.ts';
import { dropRefused, toQuestion, withConfirmation } from './confirmation.ts';
import type { DataProfile } from './data-profile.ts';
import { taskLabels } from './doubts.ts';
import { numberItems } from './draft.ts';
import { conditions, type DefaultLevel, goals, levels } from './drafts.ts';
import { nameProject } from './project-name.ts';
import { askQuestions } from './questions.ts';
import { readBrief } from './reading.ts';
import { detectLanguage, type Language } from './text/language.ts';

export type ExtractOptions = {
  language?: Language;
  profile?: DataProfile | null;
  /** Question id to the chosen value. */
  answers?: Record<string, string>;
  answeredBy?: 'person' | 'recommended';
  /** Items and questions below it are asked about. */
  minimumScore?: number;
  /** Service levels taken where the brief says nothing. */
  defaults?: DefaultLevel[];
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
  const reading = readBrief(brief, { profile, answers, readable: detected !== 'other' });
  const { aims, metric } = reading;
  const drafts = [
    ...goals(brief, reading),
    ...levels(brief, reading, { answers, defaults }),
    ...conditions(brief, reading),
  ];
  const items = numberItems(drafts, language);
  const doubts = {
    ...reading,
    unread: reading.unread.map(({ start, end }) => brief.slice(start, end)),
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

const titleOf = (brief: string, { language, aims }: { language: Language; aims: Aims }): string => {
  const task: TaskFamily | null = aims.task.task;
  const first =
    brief
      .trim()
      .split(/[。!！?？\n]|\.(?!\d)/)[0]
      ?.trim() ?? '';
  const label = task ? taskLabels[task][language === 'zh' ? 0 : 1] : '';
  return first.length > 0 ? shortened(first) : label || 'ML project';
};

/** Of a title, in Latin letters; a Han character is as wide as two. */
const widest = 64;

/** Cut between clauses where there is one, else between words. */
const shortened = (sentence: string): string => {
  const widthOf = (text: string) => text.length + (text.match(/[\u2e80-\uffff]/g)?.length ?? 0);
  if (widthOf(sentence) <= widest) return sentence;
  let start = sentence.slice(0, widest);
  while (widthOf(start) > widest) start = [...start].slice(0, -1).join('');
  const clause = Math.max(...[...',，;；:：'].map((mark) => start.lastIndexOf(mark)));
  const cut =
    clause > start.length / 3
      ? clause
      : start.lastIndexOf(' ') > start.length / 2
        ? start.lastIndexOf(' ')
        : start.length;
  return start.slice(0, cut).trim();
};
