import path from 'node:path';
import { tasksDocument } from '../../../artifacts/documents/tasks.ts';
import type { ProgressFacts } from '../../../monitor/progress-metrics.ts';
import { readJournal } from '../../../pipeline/journal.ts';
import type { StageContext } from '../../context.ts';

/** Stages, tasks and trainings of a project, as its journal and its task list tell. */
export const progressOf = (context: StageContext): ProgressFacts => {
  const { tasks } = context.read(tasksDocument);
  const entries = readJournal(path.join(context.root, '.specwright', 'journal.jsonl'));
  const passed = entries.filter(({ kind, data }) => kind === 'verdict' && data.passed === true);
  const trainings = entries.filter(
    ({ kind, data }) => kind === 'tool.called' && Array.isArray(data.argv) && isTraining(data.argv.map(String)),
  );
  return {
    stages: new Set(passed.map(({ data }) => String(data.stage))).size,
    tasks: { done: tasks.filter(({ done }) => done).length, all: tasks.length },
    trainings: { ended: trainings.length, failed: trainings.filter(({ data }) => data.exitCode !== 0).length },
  };
};

const isTraining = (argv: string[]): boolean =>
  argv.some((part) => part.endsWith('train.py')) && !argv.includes('--dry-run');
