export type ProgressFacts = {
  stages: number;
  tasks: { done: number; all: number };
  trainings: { ended: number; failed: number };
};

/** How far a project has come, in Prometheus' text format: for the textfile collector of a node exporter. */
export const progressMetrics = (project: string, { stages, tasks, trainings }: ProgressFacts): string => {
  const labels = `{project=${JSON.stringify(project)}}`;
  const gauges = [
    { name: 'specwright_stages_passed', help: 'Stages whose gate has passed, of thirteen.', value: stages },
    { name: 'specwright_tasks', help: 'Tasks of the build.', value: tasks.all },
    { name: 'specwright_tasks_done', help: 'Tasks whose acceptance command passed.', value: tasks.done },
    { name: 'specwright_trainings', help: 'Runs of the training script.', value: trainings.ended },
    { name: 'specwright_trainings_failed', help: 'Runs of it that failed.', value: trainings.failed },
  ];
  return gauges
    .map(({ name, help, value }) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${labels} ${value}\n`)
    .join('');
};
