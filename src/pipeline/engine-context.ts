import path from 'node:path';
import { AppError } from '../errors.ts';
import { isInside, sha256, writeAtomically } from '../world/files.ts';
import type { EngineContext } from './context.ts';
import { type Answer, checkAnswer, type Question, WaitingError } from './questions.ts';
import type { RunOptions } from './run-options.ts';
import { stateOf } from './state.ts';

/** Binds the effects of one stage to the journal. */
export const engineContext = (
  stage: string,
  scratch: string,
  options: Pick<
    RunOptions<EngineContext>,
    'root' | 'settings' | 'rules' | 'world' | 'journal' | 'signal' | 'answerer' | 'onProgress'
  >,
): EngineContext => ({
  root: options.root,
  stage,
  scratch,
  settings: options.settings,
  rules: options.rules,
  world: options.world,
  signal: options.signal,
  async tool(argv, runOptions) {
    const result = await options.world.run(argv, { signal: options.signal, ...runOptions });
    options.journal.append('tool.called', {
      stage,
      argv: [...argv],
      cwd: path.relative(options.root, runOptions.cwd ?? options.root) || '.',
      seconds: Number(result.seconds.toFixed(3)),
      exitCode: result.exitCode,
      ended: result.ended,
      output: sha256(result.stdout + result.stderr),
    });
    options.signal.throwIfAborted();
    return result;
  },
  async write(file, content) {
    const target = path.resolve(options.root, file);
    if (!isInside(target, options.root)) {
      throw new AppError('input.invalid', `${file} lies outside of the project ${options.root}`);
    }
    options.journal.append('file.written', { stage, path: file, sha256: sha256(content) });
    await writeAtomically(target, content);
  },
  ask: (questions) => askAll(questions, options),
  answer: (question) => stateOf(options.journal.entries).answers.get(question) ?? null,
  progress: (text) => options.onProgress(stage, text),
  recorded: (kind) => options.journal.entries.flatMap((entry) => (entry.kind === kind ? [entry.data] : [])),
  record: (kind, data) => {
    options.journal.append(kind, { stage, ...data });
  },
});

const askAll = async (
  questions: Question[],
  { journal, answerer }: Pick<RunOptions<EngineContext>, 'journal' | 'answerer'>,
): Promise<Record<string, string>> => {
  const given: Record<string, string> = {};
  const open: Question[] = [];
  for (const question of questions) {
    const known = stateOf(journal.entries).answers.get(question.id);
    const answer = known ?? (await askOne(question, journal, answerer));
    if (answer) given[question.id] = checkAnswer(question, answer.value);
    else open.push(question);
  }
  if (open.length > 0) throw new WaitingError(open);
  return given;
};

const askOne = async (
  question: Question,
  journal: RunOptions<EngineContext>['journal'],
  answerer: RunOptions<EngineContext>['answerer'],
): Promise<Answer | null> => {
  journal.append('question.asked', { question });
  const answer = await answerer(question);
  if (!answer) return null;
  checkAnswer(question, answer.value);
  journal.append('answer.given', { question: question.id, value: answer.value, by: answer.by }, true);
  return answer;
};
