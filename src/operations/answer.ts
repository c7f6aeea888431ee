import { AppError } from '../errors.ts';
import { openJournal } from '../pipeline/journal.ts';
import { checkAnswer, type Question } from '../pipeline/questions.ts';
import { stateOf } from '../pipeline/state.ts';
import { acquireLock } from '../world/lock.ts';
import type { World } from '../world/world.ts';
import { journalOf, lockOf, openProject } from './project.ts';

export type Given = { id: string; value: string };

/** Writes answers to open questions into the journal: all of them, or none when one does not fit. Returns what stays open. */
export const answerQuestions = (world: World, given: string, answers: Given[]): Question[] => {
  const { root } = openProject(given);
  const lock = acquireLock(lockOf(root), `The project ${root}`);
  try {
    const journal = openJournal(journalOf(root), world.now);
    try {
      const { open, answers: known } = stateOf(journal.entries);
      for (const { id, value } of answers) {
        const question = open.get(id);
        if (!question) throw notOpen(id, [...open.keys()], known.get(id)?.value);
        checkAnswer(question, value);
      }
      for (const { id, value } of answers) {
        journal.append('answer.given', { question: id, value, by: 'person' }, true);
        open.delete(id);
      }
      return [...open.values()];
    } finally {
      journal.close();
    }
  } finally {
    lock.release();
  }
};

const notOpen = (id: string, open: string[], known: string | undefined): AppError =>
  new AppError(
    'input.invalid',
    known === undefined ? `There is no question ${id}` : `${id} has been answered already: ${known}`,
    {
      hint:
        known === undefined
          ? `Open questions: ${open.join(', ') || 'none'}`
          : 'To correct it, edit the front matter of spec/requirements.md and run `specwright resume`.',
    },
  );
