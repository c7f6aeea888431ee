import { parse } from 'yaml';
import { AppError, messageOf } from '../../errors.ts';
import type { Answer, Answerer, Question } from '../../pipeline/questions.ts';
import { readText } from '../../world/files.ts';
import type { Console } from '../show/console.ts';
import type { Progress } from '../show/progress.ts';

type Say = (zh: string, en: string) => string;

/** Answers from the file first, then from `--yes`, then from the person at the terminal; else nobody answers. */
export const createAnswerer = (options: {
  answers: Record<string, string>;
  given: Record<string, Answer>;
  yes: boolean;
  console: Console;
  progress: Progress;
  say: Say;
  signal: AbortSignal;
}): Answerer => {
  const { answers, given, yes, console } = options;
  let last: Promise<unknown> = Promise.resolve();
  return async (question) => {
    const prepared = answers[question.id];
    if (prepared !== undefined) return { value: prepared, by: 'person' };
    if (given[question.id]) return given[question.id]!;
    if (yes) return { value: question.recommended, by: 'recommended' };
    if (!console.interactive) return null;
    // Two stages may ask at once: the second question waits until the first is answered.
    const turn = last.then(() => askPerson(question, options));
    last = turn.catch(() => undefined);
    return turn;
  };
};

const otherAnswer = '\u0000other';

const askPerson = async (
  question: Question,
  { progress, say, signal }: { progress: Progress; say: Say; signal: AbortSignal },
): Promise<Answer | null> => {
  const { isCancel, log, select, text } = await import('@clack/prompts');
  progress.pause();
  try {
    log.info(`${question.id}: ${question.text}\n${question.why}`);
    const own = { value: otherAnswer, label: say('其他……', 'something else …'), hint: '' };
    const options = question.options.map((one) => ({ value: one.value, label: one.label, hint: one.changes }));
    let value: unknown =
      options.length === 0
        ? otherAnswer
        : await select({
            message: say('请选择', 'Your choice'),
            options: question.free ? [...options, own] : options,
            initialValue: question.recommended,
            signal,
          });
    if (value === otherAnswer) {
      value = await text({
        message: say('请回答', 'Your answer'),
        initialValue: options.length === 0 ? question.recommended : '',
        signal,
      });
    }
    if (isCancel(value)) {
      process.kill(process.pid, 'SIGINT'); // Ctrl-C at a prompt means the same as anywhere else
      return null;
    }
    return { value: String(value), by: 'person' };
  } finally {
    progress.resume();
  }
};

/** A YAML or JSON map from question to answer. */
export const readAnswers = (file: string | undefined): Record<string, string> => {
  if (file === undefined) return {};
  let content: unknown;
  try {
    content = parse(readText(file));
  } catch (error) {
    throw new AppError('usage', `The answers in ${file} cannot be read: ${messageOf(error).split('\n')[0]}`, {
      hint: 'Give a YAML or JSON map, a line for each answer: `Q-target: price`.',
    });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new AppError('usage', `${file} holds no map of answers`, {
      hint: 'A line for each answer: `Q-target: price`.',
    });
  }
  return Object.fromEntries(
    Object.entries(content).map(([id, value]) => [id, Array.isArray(value) ? value.join('\n') : String(value ?? '')]),
  );
};
