import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { fenced, table } from '../markdown.ts';

export const taskSchema = z.strictObject({
  id: z.string().regex(/^T\d+$/),
  title: z.string().min(1),
  requirements: z.array(z.string()),
  input: z.array(z.string()),
  output: z.array(z.string()).min(1),
  /** An argv; `python` stands for the project's interpreter. */
  acceptance: z.array(z.string()).min(1),
  estimate_minutes: z.number().positive(),
  done: z.boolean(),
});
export type Task = z.infer<typeof taskSchema>;

export const taskListSchema = z.strictObject({ project: z.string(), tasks: z.array(taskSchema).min(1) });
export type TaskList = z.infer<typeof taskListSchema>;

/** `spec/task.md`: what is to be done and by which command one sees that it is. */
export const tasksDocument: ArtifactDocument<TaskList> = {
  file: 'spec/task.md',
  schema: taskListSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    const rows = data.tasks.map((task) =>
      [
        `- [${task.done ? 'x' : ' '}] **${task.id}** ${task.title} (${task.requirements.join(', ') || '–'})`,
        `  - ${say('输入', 'input')}: ${task.input.join(', ')}`,
        `  - ${say('输出', 'output')}: ${task.output.join(', ')}`,
        `  - ${say('验收', 'acceptance')}: \`${task.acceptance.join(' ')}\``,
        `  - ${say('估时', 'estimate')}: ${task.estimate_minutes} min`,
      ].join('\n'),
    );
    return [`# ${say('任务清单', 'Tasks')}`, ...rows].join('\n\n');
  },
};

const logRow = z.strictObject({
  task: z.string(),
  command: z.string(),
  exit_code: z.number(),
  seconds: z.number(),
  missing: z.array(z.string()),
  passed: z.boolean(),
  output: z.string(),
});

export const buildLogSchema = z.strictObject({
  files: z.number(),
  lines: z.number(),
  tasks: z.array(logRow),
});
export type BuildLog = z.infer<typeof buildLogSchema>;

/** `reports/PROJECT_BUILD_LOG.md`: what the engine saw when it ran the acceptance commands. */
export const buildLogDocument: ArtifactDocument<BuildLog> = {
  file: 'reports/PROJECT_BUILD_LOG.md',
  schema: buildLogSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    const failed = data.tasks.filter((task) => !task.passed);
    return [
      `# ${say('构建记录', 'Build log')}`,
      say(
        `${data.files} 个文件，${data.lines} 行。下面的命令由引擎运行。`,
        `${data.files} files, ${data.lines} lines. The engine ran the commands below.`,
      ),
      table(
        [
          say('任务', 'task'),
          say('命令', 'command'),
          say('退出码', 'exit code'),
          say('秒', 'seconds'),
          say('结果', 'result'),
        ],
        data.tasks.map((task) => [
          task.task,
          task.command,
          task.exit_code,
          task.seconds.toFixed(2),
          task.passed ? '✓' : '✗',
        ]),
      ),
      ...failed.map((task) => `## ${task.task} ✗\n\n${fenced(task.output, 'text')}`),
    ].join('\n\n');
  },
};
