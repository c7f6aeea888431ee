import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { readJournal } from '../../pipeline/journal.ts';
import type { Answer } from '../../pipeline/questions.ts';
import { stateOf } from '../../pipeline/state.ts';
import { checkTarget, journalOf, openProject, saveProject } from '../project.ts';

const calls = ['.specwright', 'model-calls'];

/**
 * A new project with the settings, the answers and the recorded calls of another: what its models said, a run there says
 * again without reaching any of them.
 */
export const prepareReplay = async (
  config: Config,
  given: string,
  { out, cwd, now }: { out: string; cwd: string; now: () => Date },
): Promise<{ root: string; answers: Record<string, Answer> }> => {
  const { root: from, project } = openProject(given);
  const records = path.join(from, ...calls);
  if (!existsSync(path.join(records, 'transcripts'))) {
    throw new AppError('input.invalid', `${from} holds no recorded calls of models`, {
      hint: 'Calls are recorded where a run was given --agent PROVIDER:MODEL.',
    });
  }
  const root = path.resolve(cwd, out);
  if (checkTarget(root, config.packageFolder) === 'ours') {
    throw new AppError('usage', `${root} is a project already`, {
      hint: 'Give a folder that does not exist to --out.',
    });
  }
  await saveProject(root, { ...project, created: now().toISOString() });
  await cp(records, path.join(root, ...calls), { recursive: true });
  const { answers } = stateOf(readJournal(journalOf(from)));
  return { root, answers: Object.fromEntries(answers) };
};

/** How a run went by its journal: calls that were answered from the records, those that asked something else, failures. */
export const replayedCalls = (root: string): { replayed: number; differing: number; failed: number } => {
  const kinds = readJournal(journalOf(root));
  const count = (kind: string) => kinds.filter((entry) => entry.kind === kind).length;
  return { replayed: count('model.called'), differing: count('model.differs'), failed: count('model.failed') };
};
