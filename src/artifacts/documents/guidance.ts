import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { bullets, fenced, figure, table } from '../markdown.ts';

const forecast = z.strictObject({
  what: z.string(),
  unit: z.string().nullable(),
  predicted: z.number(),
  measured: z.number().nullable(),
  derivation: z.string(),
});

const range = z.strictObject({ name: z.string(), value: z.string(), range: z.string(), reason: z.string() });

const slaResult = z.strictObject({
  id: z.string(),
  subject: z.string(),
  op: z.string(),
  asked: z.number(),
  measured: z.number().nullable(),
  unit: z.string().nullable(),
  met: z.boolean(),
});

export const guidanceSchema = z.strictObject({
  model: z.string(),
  /** Run folder of the model that is deployed, and why it is that one. */
  deployed: z.strictObject({ run: z.enum(['runs/full', 'runs/baseline', 'runs/trivial']), reason: z.string() }),
  settings: z.array(range).min(1),
  forecasts: z.array(forecast).min(1),
  scripts: z.array(z.strictObject({ machine: z.string(), command: z.string(), note: z.string() })).min(1),
  /** Of the network's training steps: what was measured, and by how much a line through it was off. */
  costs: z.strictObject({
    network: z.string(),
    parameters: z.number(),
    static_mb: z.number(),
    kb_per_row: z.number(),
    memory_error: z.number(),
    time_error: z.number(),
    learning_rate: z.number(),
  }),
  machines: z
    .array(
      z.strictObject({
        machine: z.string(),
        processes: z.number(),
        memory_gb: z.number().nullable(),
        largest_batch: z.number().nullable(),
        /** Of all processes together. */
        batch: z.number(),
        accumulate: z.number(),
        epoch_seconds: z.number(),
        low: z.number(),
        high: z.number(),
        measured: z.boolean(),
        derivation: z.string(),
      }),
    )
    .min(1),
  checklist: z.array(z.strictObject({ item: z.string(), done: z.boolean() })).min(1),
  monitoring: z.array(z.string()),
  distributed: z.strictObject({
    command: z.string(),
    exit_code: z.number(),
    world_size: z.number(),
    seconds: z.number(),
  }),
  training: z.strictObject({
    command: z.string(),
    exit_code: z.number(),
    seconds: z.number(),
    epochs: z.number(),
    /** Rows that it was given: all of data/full, or a sample that fits the budget. */
    rows: z.number(),
    of_rows: z.number(),
    batch_size: z.number(),
    peak_memory_mb: z.number(),
    parameters: z.number(),
    checkpoint_sha256: z.string(),
  }),
  export: z.strictObject({
    version: z.string(),
    model_mb: z.number(),
    max_abs_difference: z.number(),
    tolerance: z.number(),
    batches: z.array(z.number()),
  }),
  holdout: z.strictObject({
    rows: z.number(),
    /** Where people are compared in pairs: how many were in the hold-out, and the picture of both error rates. */
    compared: z.strictObject({ people: z.number(), picture: z.string() }).optional(),
    predictions_sha256: z.string(),
    metrics: z.record(z.string(), z.number()),
    own_metrics: z.record(z.string(), z.number()),
    baselines: z.array(
      z.strictObject({ model: z.string(), trivial: z.boolean(), metrics: z.record(z.string(), z.number()) }),
    ),
    comparisons: z.array(
      z.strictObject({
        a: z.string(),
        b: z.string(),
        metric: z.string(),
        difference: z.number(),
        low: z.number(),
        high: z.number(),
        worse: z.boolean(),
      }),
    ),
  }),
  slas: z.array(slaResult),
});
export type Guidance = z.infer<typeof guidanceSchema>;

/** `reports/full_train_guidance.md`: how to train fully, what it took here, and the one reading of the hold-out. */
/** Time of an epoch on the fastest GPU of the table over that on this machine, which comes first. */
const gpuShare = ({ machines: [here, ...others] }: Guidance): number | null =>
  here && others.length > 0 ? Math.min(...others.map(({ epoch_seconds }) => epoch_seconds)) / here.epoch_seconds : null;

export const guidanceDocument: ArtifactDocument<Guidance> = {
  file: 'reports/full_train_guidance.md',
  schema: guidanceSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    const metrics = Object.keys(data.holdout.metrics);
    return [
      `# ${say('全量训练指导', 'Full training')}: ${data.model}`,
      `${say('部署的模型', 'Deployed')}: \`${data.deployed.run}\` — ${data.deployed.reason}`,
      `## ${say('参数与范围', 'Settings and ranges')}`,
      table(
        [say('参数', 'setting'), say('本次', 'here'), say('范围', 'range'), say('理由', 'reason')],
        data.settings.map((one) => [one.name, one.value, one.range, one.reason]),
      ),
      `## ${say('预测与实测', 'Forecast and measurement')}`,
      table(
        [
          say('内容', 'what'),
          say('预测', 'forecast'),
          say('实测', 'measured'),
          say('误差', 'error'),
          say('来历', 'derivation'),
        ],
        data.forecasts.map((one) => [
          one.what,
          figure(one.predicted, one.unit),
          figure(one.measured, one.unit),
          errorOf(one),
          one.derivation,
        ]),
      ),
      `## ${say('训练一步的代价', 'What a training step costs')}: ${data.costs.network}`,
      say(
        `此处实测：${data.costs.parameters} 个参数占 ${figure(data.costs.static_mb, 'MB')}（权重、梯度、动量），批中每行 ${figure(data.costs.kb_per_row, 'KB')}。由此外推到两倍批大小，内存误差 ${percent(data.costs.memory_error)}，时间误差 ${percent(data.costs.time_error)}。学习率范围测试建议峰值 ${data.costs.learning_rate}（\`trainer.learning_rate\`）。`,
        `Measured here: ${data.costs.parameters} parameters take ${figure(data.costs.static_mb, 'MB')} (weights, gradients, moments), each row of a batch ${figure(data.costs.kb_per_row, 'KB')}. Carried on to twice the batch, memory was off by ${percent(data.costs.memory_error)} and time by ${percent(data.costs.time_error)}. The learning-rate range test suggests a peak of ${data.costs.learning_rate} (\`trainer.learning_rate\`).`,
      ),
      table(
        [
          say('机器', 'machine'),
          say('放得下的批（至多全部行）', 'batch that fits (at most all rows)'),
          say('用的批', 'batch used'),
          say('每个 epoch', 'an epoch'),
          say('范围', 'range'),
          say('来历', 'derivation'),
        ],
        data.machines.map((one) => [
          one.machine,
          one.largest_batch,
          one.accumulate > 1 ? `${one.batch} (${one.accumulate} ×)` : one.batch,
          figure(one.epoch_seconds, 's'),
          `${figure(one.low)} – ${figure(one.high, 's')}`,
          one.derivation,
        ]),
      ),
      gpuShare(data) === null
        ? ''
        : say(
            `估计表中最快的 GPU 每个 epoch 用时是本机的 ${figure(gpuShare(data))} 倍；接近或超过 1 时，时间都花在启动操作上，GPU 不值得用。`,
            `The fastest of these GPUs is reckoned to take ${figure(gpuShare(data))} × the time of this machine for an epoch; near 1 or above, the time goes into starting operations, and a GPU is not worth it.`,
          ),
      `## ${say('各种机器的训练脚本', 'Scripts for machines of several sizes')}`,
      ...data.scripts.map((one) => `**${one.machine}** — ${one.note}\n\n${fenced(one.command, 'bash')}`),
      data.training.rows < data.training.of_rows
        ? say(
            `训练用了 ${data.training.of_rows} 行中的 ${data.training.rows} 行（分层样本），以不超出预算。`,
            `Trained on ${data.training.rows} of ${data.training.of_rows} rows (a stratified sample), to stay within the budget.`,
          )
        : '',
      `## ${say('分布式训练', 'Distributed training')}`,
      say(
        `在本机 CPU 上用 ${data.distributed.world_size} 个进程实际运行过：退出码 ${data.distributed.exit_code}，${data.distributed.seconds.toFixed(1)} 秒。`,
        `Run here on the CPU with ${data.distributed.world_size} processes: exit code ${data.distributed.exit_code}, ${data.distributed.seconds.toFixed(1)} s.`,
      ),
      fenced(data.distributed.command, 'bash'),
      `## ${say('监控点', 'What to watch')}`,
      bullets(data.monitoring),
      `## ${say('检查清单', 'Checklist')}`,
      data.checklist.map((one) => `- [${one.done ? 'x' : ' '}] ${one.item}`).join('\n'),
      `## ${say('留出集（只读一次）', 'Hold-out (read once)')}: ${data.holdout.rows} ${data.holdout.compared ? say('次比较', 'comparisons') : say('行', 'rows')}`,
      data.holdout.compared
        ? say(
            `留出集里的 ${data.holdout.compared.people} 个人都不在训练数据里。同一个人的图片对彼此相似，因此自助法抽的是人，而不是图片对。`,
            `None of the ${data.holdout.compared.people} people of the hold-out is in the training data. Pairs of the same people are alike, so the bootstrap draws people, not pairs.`,
          )
        : '',
      table(
        [say('模型', 'model'), ...metrics],
        [
          [`**${data.model}**`, ...metrics.map((name) => figure(data.holdout.metrics[name]))],
          ...data.holdout.baselines.map((one) => [
            `${one.model}${one.trivial ? say('（平凡）', ' (trivial)') : ''}`,
            ...metrics.map((name) => figure(one.metrics[name])),
          ]),
        ],
      ),
      metrics.includes('interval_coverage')
        ? say(
            '`interval_coverage` 是真实值落在其区间之内的比例；目标是 `trainer.interval_coverage`。',
            '`interval_coverage` is the share of true values within their interval; `trainer.interval_coverage` is what is aimed at.',
          )
        : '',
      data.holdout.compared
        ? `![${say('误识率与拒识率', 'false accept and false reject rate')}](${data.holdout.compared.picture})`
        : '',
      ...data.holdout.comparisons.map((one) =>
        say(
          `${one.a} 相对 ${one.b}：${one.metric} 之差 ${figure(one.difference)}（配对自助法区间 ${figure(one.low)} 到 ${figure(one.high)}）${one.worse ? '，更差' : ''}。`,
          `${one.a} against ${one.b}: ${one.metric} differs by ${figure(one.difference)} (paired bootstrap ${figure(one.low)} to ${figure(one.high)})${one.worse ? ', worse' : ''}.`,
        ),
      ),
      `## ${say('质量要求', 'Quality requirements')}`,
      data.slas.length === 0
        ? say('需求没有提出质量数字。', 'The brief asks for no quality figure.')
        : table(
            [say('需求', 'requirement'), say('要求', 'asked'), say('实测', 'measured'), say('结果', 'result')],
            data.slas.map((one) => [
              one.id,
              `${one.subject} ${one.op} ${figure(one.asked, one.unit)}`,
              figure(one.measured, one.unit),
              one.met ? '✓' : say('未达到', 'not met'),
            ]),
          ),
    ]
      .filter(Boolean)
      .join('\n\n');
  },
};

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const errorOf = ({ predicted, measured }: { predicted: number; measured: number | null }): string =>
  measured === null || measured === 0 ? '–' : `${(((predicted - measured) / measured) * 100).toFixed(0)} %`;
