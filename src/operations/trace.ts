import type { Thread } from '../artifacts/documents/running-report.ts';
import { AppError } from '../errors.ts';
import { readThreads } from '../stages/production/threads.ts';
import { openProject } from './project.ts';

/** The thread of a requirement from the brief's words to the alert rule, as the project's files show it now. */
export const traceOf = (given: string, id: string): Thread => {
  const threads = readThreads(openProject(given).root);
  const thread = threads.find((one) => one.id === id);
  if (thread) return thread;
  throw new AppError('input.invalid', `There is no requirement ${id}`, {
    hint: `Requirements: ${threads.map((one) => one.id).join(' ')}`,
  });
};
