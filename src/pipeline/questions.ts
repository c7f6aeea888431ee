import { AppError } from '../errors.ts';

/** Something that a person decides. Every question has a recommended answer, so that `--yes` can take it. */
export type Question = {
  id: string;
  text: string;
  why: string;
  recommended: string;
  options: { value: string; label: string; changes: string }[];
  /** True: any text is an answer, the options are proposals. */
  free?: boolean;
};

export type Answer = { value: string; by: 'person' | 'recommended' };

/** How open questions get answers in this run; null: nobody answers now. */
export type Answerer = (question: Question) => Promise<Answer | null>;

export class WaitingError extends AppError {
  readonly questions: Question[];

  constructor(questions: Question[]) {
    super('waiting', `Waiting for an answer to ${questions.map((question) => question.id).join(', ')}`, {
      hint: 'Answer with `specwright answer <project> ID=VALUE`, or run again with --yes to take the recommended ones.',
    });
    this.questions = questions;
  }
}

/** An answer must be one of the options, unless the question is free. */
export const checkAnswer = (question: Question, value: string): string => {
  if (question.free || question.options.some((option) => option.value === value)) return value;
  throw new AppError('input.invalid', `"${value}" is no answer to ${question.id}`, {
    hint: `Possible answers: ${question.options.map((option) => option.value).join(', ')}`,
  });
};
