import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { fenced, figure, table } from '../markdown.ts';

export const bugfixSchema = z.strictObject({
  command: z.string(),
  faults: z.array(
    z.strictObject({
      fault: z.string(),
      step: z.string(),
      exception: z.string(),
      message: z.string(),
      frame: z.string().nullable(),
      trace: z.string(),
      repair: z.string(),
      diff: z.string(),
      rerun_exit_code: z.number(),
      kept: z.boolean(),
      seconds: z.number(),
    }),
  ),
  unresolved: z.string().nullable(),
  /** The same network by PyTorch and by PaddlePaddle; null: the project has one framework. */
  twins: z
    .discriminatedUnion('state', [
      z.strictObject({ state: z.literal('not run here'), reason: z.string() }),
      z.strictObject({
        state: z.literal('run'),
        model: z.string(),
        runs: z.array(
          z.strictObject({ framework: z.string(), exit_code: z.number(), seconds: z.number(), error: z.string() }),
        ),
        figures: z.array(
          z.strictObject({
            name: z.string(),
            torch: z.number(),
            paddle: z.number(),
            difference: z.number(),
            allowed: z.number(),
          }),
        ),
      }),
    ])
    .nullable(),
  clean_runs: z.array(
    z.strictObject({
      run: z.string(),
      exit_code: z.number(),
      seconds: z.number(),
      checkpoint_sha256: z.string().nullable(),
      losses: z.array(z.number().nullable()),
      metrics: z.record(z.string(), z.number()),
      peak_memory_mb: z.number().nullable(),
    }),
  ),
});
export type Bugfix = z.infer<typeof bugfixSchema>;

export const bugfixDocument: ArtifactDocument<Bugfix> = {
  file: 'reports/bugfix_report.md',
  schema: bugfixSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    return [
      `# ${say('一个 epoch 的验证与修复', 'One epoch: check and repair')}`,
      `\`${data.command}\``,
      `## ${say('从零运行', 'Runs from clean')}`,
      table(
        [
          say('运行', 'run'),
          say('退出码', 'exit code'),
          say('秒', 'seconds'),
          say('损失', 'losses'),
          say('检查点', 'checkpoint'),
        ],
        data.clean_runs.map((run) => [
          run.run,
          run.exit_code,
          run.seconds.toFixed(1),
          run.losses.map((loss) => figure(loss)).join(' '),
          run.checkpoint_sha256?.slice(0, 12),
        ]),
      ),
      ...twinsOf(data.twins, say),
      `## ${say('错误与修复', 'Faults and repairs')}`,
      data.faults.length === 0 ? say('没有遇到错误。', 'No fault was met.') : '',
      ...data.faults.map((one, index) =>
        [
          `### ${index + 1}. ${one.fault} (${one.step}) ${one.kept ? say('已修复', 'mended') : say('已撤回', 'taken back')}`,
          `${one.exception}: ${one.message}${one.frame ? ` — \`${one.frame}\`` : ''}`,
          fenced(one.trace, 'text'),
          `${say('修复', 'Repair')}: ${one.repair}. ${say('重跑退出码', 'Exit code of the re-run')}: ${one.rerun_exit_code}`,
          one.diff ? fenced(one.diff, 'diff') : '',
        ].join('\n\n'),
      ),
      data.unresolved ? `## ${say('未解决', 'Not resolved')}\n\n${data.unresolved}` : '',
    ].join('\n\n');
  },
};

const twinsOf = (twins: Bugfix['twins'], say: (zh: string, en: string) => string): string[] => {
  if (twins === null) return [];
  const title = `## ${say('PyTorch 与 PaddlePaddle', 'PyTorch and PaddlePaddle')}`;
  if (twins.state === 'not run here') return [title, `${say('未在此处运行', 'Not run here')}: ${twins.reason}`];
  return [
    title,
    say(
      `${twins.model} 各训练一个 epoch：初始权重相同，批次相同，不用随机数。`,
      `One epoch of ${twins.model} by each: from the same weights, on the same batches, without random numbers.`,
    ),
    table(
      ['', 'PyTorch', 'PaddlePaddle', say('相差', 'difference'), say('允许', 'allowed')],
      twins.figures.map((one) => [
        one.name,
        figure(one.torch),
        figure(one.paddle),
        one.difference.toExponential(1),
        figure(one.allowed),
      ]),
    ),
    ...twins.runs.flatMap(({ framework, error }) => (error === '' ? [] : [`${framework}: ${error}`])),
  ];
};
