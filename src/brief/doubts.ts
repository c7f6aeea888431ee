import type { Question, TaskFamily } from '../artifacts/requirements.ts';
import type { Subject } from '../artifacts/vocabulary.ts';
import type { Aims } from './aims/aims.ts';
import type { DataProfile } from './data-profile.ts';
import type { SettledDemands } from './demands/settle-demands.ts';
import type { Language } from './text/language.ts';

/** A question before its items are numbered; `subjects` says which items it is about. */
export type QuestionDraft = Omit<Question, 'about' | 'answer'> & { subjects: Subject[] };

export type Doubts = {
  language: Language;
  minimumScore: number;
  profile: DataProfile | null;
  /** Task and target as the brief alone gives them. */
  aims: Aims;
  task: TaskFamily | null;
  settled: SettledDemands;
  metric: Subject | null;
  /** True when the brief asks for speed without a number. */
  vagueSpeed: boolean;
  /** Limits in the brief's own words that became no item. */
  unread: string[];
  readable: boolean;
};

export type Choice = readonly [value: string, label: string, changes: string];
export const options = (choices: readonly Choice[]) =>
  choices.map(([value, label, changes]) => ({ value, label, changes }));
export const say = (language: Language, zh: string, en: string) => (language === 'zh' ? zh : en);

export const taskLabels: Record<TaskFamily, readonly [zh: string, en: string]> = {
  tabular_classification: ['表格分类', 'tabular classification'],
  tabular_regression: ['表格回归', 'tabular regression'],
  time_series_forecasting: ['时间序列预测', 'time-series forecasting'],
  text_classification: ['文本分类', 'text classification'],
  image_classification: ['图像分类', 'image classification'],
  sequence_to_sequence: ['序列到序列', 'sequence to sequence'],
  face_verification: ['人脸验证', 'face verification'],
};
