import type { TaskFamily } from '../../artifacts/requirements.ts';
import { isQuality, type Subject } from '../../artifacts/vocabulary.ts';
import type { DataColumn, DataProfile } from '../data-profile.ts';
import type { Span } from '../text/span.ts';
import { namedTogether } from './several-targets.ts';
import { type Candidate, rankTargets } from './target.ts';
import { chooseTask, type TaskChoice } from './task.ts';

export type Aims = {
  task: TaskChoice;
  target: { name: string | null; column: DataColumn | null; words: Span | null; confidence: number };
  candidates: Candidate[];
  /** Where the brief asks for several columns in one breath: all of them, in its order. */
  together: DataColumn[];
};

type Basis = {
  profile: DataProfile | null;
  subjects: Subject[];
  mentions: Span[];
  /** False when the language of the brief is not read. */
  readable: boolean;
  answered: { task?: TaskFamily | undefined; target?: string | undefined };
};

/** Task and target narrow each other: a guess of the task ranks the columns, the best column corrects the task. */
export const decideAims = (text: string, { profile, subjects, mentions, readable, answered }: Basis): Aims => {
  const qualities = subjects.filter(isQuality);
  const choose = (column: DataColumn | null): TaskChoice => {
    if (answered.task) return { task: answered.task, confidence: 1 };
    const choice = chooseTask(text, { profile, qualities, target: column });
    return readable ? choice : { ...choice, confidence: Math.min(choice.confidence, 0.4) };
  };
  const first = choose(null);
  if (profile === null || profile.columns.length === 0)
    return { task: first, target: withoutColumns(profile, answered.target), candidates: [], together: [] };
  const rank = (task: TaskFamily | null) => rankTargets(text, { profile, task, mentions });
  const forced = profile.columns.find(({ name }) => name === answered.target) ?? null;
  const guess = forced ?? named(rank(null)) ?? confident(rank(first.task)) ?? confident(rank(null));
  const task = choose(guess);
  const candidates = rank(task.task);
  if (forced) {
    const target = { name: forced.name, column: forced, words: null, confidence: 1 };
    return { task, target, candidates, together: [] };
  }
  const target = settle(candidates);
  return { task, target, candidates, together: namedTogether(text, profile, target.column) };
};

const withoutColumns = (profile: DataProfile | null, answer: string | undefined): Aims['target'] => {
  const name = answer ?? (profile?.kind === 'images' ? 'folder' : null);
  return { name, column: null, words: null, confidence: name === null ? 0 : 0.95 };
};

const confident = (candidates: Candidate[]): DataColumn | null =>
  (candidates[0]?.score ?? 0) >= 0.55 ? candidates[0]!.column : null;

/** The brief calls it by its name where it says what is wanted: that tells the task, not the other way round. */
const named = ([first]: Candidate[]): DataColumn | null =>
  first !== undefined && first.words !== null && first.score >= 0.9 ? first.column : null;

const known = 0.4;

const settle = ([first, second]: Candidate[]): Aims['target'] => {
  if (!first) return { name: null, column: null, words: null, confidence: 0 };
  const lead = first.score - (second?.score ?? 0);
  const confidence = Math.round(100 * Math.min(0.97, 0.75 * first.score + Math.min(0.3, lead))) / 100;
  return confidence < known
    ? { name: null, column: null, words: null, confidence }
    : { name: first.column.name, column: first.column, words: first.words, confidence };
};
