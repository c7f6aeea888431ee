import type { Item, Question } from '../artifacts/requirements.ts';
import { wordOf } from '../artifacts/vocabulary.ts';
import type { DataProfile } from './data-profile.ts';
import type { QuestionDraft } from './doubts.ts';
import { numberItems } from './draft.ts';
import { mostQuestions } from './questions.ts';
import type { Answers } from './reading.ts';
import type { Language } from './text/language.ts';

type Numbered = { items: Item[]; language: Language; minimumScore: number };

/** Unsure items that no question covers are put to a person in one question. */
export const withConfirmation = (
  questions: QuestionDraft[],
  { items, language, minimumScore }: Numbered,
): QuestionDraft[] => {
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

export const toQuestion = (
  { subjects, ...question }: QuestionDraft,
  { items, profile, answers, by }: Answering,
): Question => {
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
export const dropRefused = (items: Item[], { questions, answers, language, minimumScore }: Refusal): Item[] => {
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
